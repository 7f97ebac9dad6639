namespace Troupe.Identity;

/// <summary>What an operator says of a new key.</summary>
/// <param name="Name">For people.</param>
/// <param name="Scopes">What it may do; at least one of <see cref="Identity.Scopes.All"/>.</param>
public sealed record ApiKeyDraft(string? Name, IReadOnlyList<string>? Scopes);

/// <summary>An API key as it is kept: without its secret.</summary>
/// <param name="WorkspaceId">The one workspace it opens.</param>
/// <param name="Name">For people.</param>
/// <param name="Prefix">The visible part, <c>trp_…</c>.</param>
/// <param name="Hash">SHA-256 of the whole key, hexadecimal.</param>
/// <param name="Scopes">What it may do; fixed at creation.</param>
/// <param name="RevokedAt">When it was revoked; null while it is active.</param>
/// <param name="LastUsedAt">When it was last used, exact to a minute; null before its first use.</param>
public sealed record ApiKey(
    string WorkspaceId, string Name, string Prefix, string Hash, IReadOnlyList<string> Scopes, DateTimeOffset? RevokedAt = null,
        DateTimeOffset? LastUsedAt = null)
    : IRecord<ApiKey>
{
    /// <inheritdoc/>
    public static Kind Kind => new("api_key", "key");

    /// <inheritdoc/>
    public static Facet<ApiKey>[] Facets { get; } = [new("workspace_id", key => key.WorkspaceId)];

    /// <inheritdoc/>
    public static Func<ApiKey, string?>[] Search { get; } = [];

    /// <summary>Decides a new key of a workspace.</summary>
    /// <param name="draft">What was asked for.</param>
    /// <param name="workspace">The workspace it is for.</param>
    /// <param name="modules">The modules the workspace has switched on: scopes of others cannot be had.</param>
    /// <param name="prefix">The visible part.</param>
    /// <param name="hash">SHA-256 of the whole key, hexadecimal.</param>
    public static Outcome<ApiKey> Create(ApiKeyDraft draft, string workspace, IReadOnlyList<string> modules, string prefix, string hash)
    {
        List<FieldError> wrong = [];
        var name = draft.Name?.Trim() ?? "";
        if (name.Length is 0 or > Limits.NameLength)
        {
            wrong.Add(new(nameof(draft.Name), $"A name has 1 to {Limits.NameLength} characters."));
        }

        var scopes = draft.Scopes ?? [];
        if (scopes.Count == 0)
        {
            wrong.Add(new(nameof(draft.Scopes), "A key needs at least one scope."));
        }

        wrong.AddRange(scopes.Select((scope, i) => (scope, i)).Where(x => Refuse(x.scope, modules) is not null)
            .Select(x => new FieldError($"{nameof(draft.Scopes)}[{x.i}]", Refuse(x.scope, modules)!)));
        return wrong.Count > 0 ? Failure.Invalid(wrong) : new ApiKey(workspace, name, prefix, hash, [.. scopes.Distinct()]);
    }

    /// <summary>The key, dead. Revoking twice changes nothing.</summary>
    public ApiKey Revoke(DateTimeOffset now) => RevokedAt is null ? this with { RevokedAt = now } : this;

    /// <summary>The key, used now; the same instance when the last use is noted closely enough.</summary>
    public ApiKey Use(DateTimeOffset now) => now - LastUsedAt < Limits.LastUsePrecision ? this : this with { LastUsedAt = now };

    private static string? Refuse(string scope, IReadOnlyList<string> modules) =>
        !Identity.Scopes.All.Contains(scope) ? $"Unknown scope '{scope}'."
        : Identity.Scopes.ModuleOf(scope) is { } module && !modules.Contains(module)
            ? $"The scope '{scope}' belongs to the module '{module}', which is switched off in this workspace."
        : null;
}
