namespace Troupe.Spinners;

/// <summary>The log of published definitions: owner = spinner, sequence number = version, body = <see cref="SpinnerDefinition"/>. Never changed once written,
/// so that a
/// job keeps the version it started with.</summary>
public static class SpinnerVersions
{
    /// <summary>The schema.</summary>
    public static LogSchema Log { get; } = new("spinner_version", []);

    /// <summary>The entry of a version.</summary>
    public static EntryWrite Entry(Stored<Spinner> published) => new(
        Log.Name, published.Id, published.Value.PublishedVersion, Json.Write(published.Value.Definition), [], published.UpdatedAt);

    /// <summary>A published definition. Throws when there is none, which only a damaged store can cause.</summary>
    public static async Task<SpinnerDefinition> Published(this IDirectory directory, string workspace, string spinnerId, int version)
    {
        var entry = await directory.Entry(Log.Name, workspace, spinnerId, version);
        return entry is null
            ? throw new InvalidOperationException($"Version {version} of {spinnerId} is not in the store.")
            : Json.Read<SpinnerDefinition>(entry.Body.Span);
    }
}
