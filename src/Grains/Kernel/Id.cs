namespace Troupe.Kernel;

/// <summary>Ids: prefix + sortable (UUID version 7, RFC 9562), so that creation order is id order.</summary>
public static class Id
{
    /// <summary>A new id of a kind: <c>con_0197…</c> (32 hex digits), or a dashed UUID for a kind without prefix.</summary>
    public static string New(Kind kind, DateTimeOffset now) =>
        kind.Prefix.Length == 0 ? Guid.CreateVersion7(now).ToString("D") : $"{kind.Prefix}_{Guid.CreateVersion7(now):N}";

    /// <summary>A new id with a prefix, for things that are not records (events, requests).</summary>
    public static string New(string prefix, DateTimeOffset now) => $"{prefix}_{Guid.CreateVersion7(now):N}";
}

/// <summary>The key of a grain that keeps one record: <c>workspace/id</c>.</summary>
/// <param name="Workspace">The owning workspace's id, or <see cref="System"/>.</param>
/// <param name="Id">The record's id.</param>
public readonly record struct GrainKey(string Workspace, string Id)
{
    /// <summary>The workspace of records that belong to the installation itself: workspaces and API keys.</summary>
    public const string System = "system";

    /// <summary>Reads a key; throws <see cref="FormatException"/> when it has no slash, which only a bug can cause.</summary>
    public static GrainKey Parse(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? new(key[..slash], key[(slash + 1)..]) : throw new FormatException($"'{key}' is not a grain key (workspace/id).");
    }

    /// <summary>The key as a string.</summary>
    public override string ToString() => $"{Workspace}/{Id}";
}
