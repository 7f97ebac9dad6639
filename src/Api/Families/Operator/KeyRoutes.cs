using Microsoft.AspNetCore.Mvc;
using Troupe.Api.Auth;
using Troupe.Identity;

namespace Troupe.Api.Families.Operator;

/// <summary>The API keys of a workspace.</summary>
internal static class KeyRoutes
{
    public static void MapKeys(this Family family)
    {
        family.Post("/workspaces/{id}/keys", "",
            (string id, OperatorCaller by, Body<ApiKeyDraft> body, IGrainFactory grains, TimeProvider clock) =>
                body.Then(draft => Create(id, draft, by, grains, clock))).Created();
        family.Get("/workspaces/{id}/keys", "", List);
        family.Delete("/workspaces/{id}/keys/{key_id}", "",
            async (string id, [FromRoute(Name = "key_id")] string keyId, OperatorCaller by, IGrainFactory grains) =>
            (await Key(grains, keyId).Revoke(id, by.OnSystem)).Map(KeyView.Of));
    }

    private static IApiKeyGrain Key(IGrainFactory grains, string id) => grains.GetGrain<IApiKeyGrain>($"{GrainKey.System}/{id}");

    private static async Task<Outcome<NewKey>> Create(string workspace, ApiKeyDraft draft, OperatorCaller by, IGrainFactory grains, TimeProvider clock)
    {
        var text = ApiKeyText.New(clock.GetUtcNow());
        var hash = new byte[32];
        ApiKeyText.Hash(text, hash);
        var made = await Key(grains, ApiKeyText.Id(ApiKeyText.Name(text)))
            .Create(workspace, draft, ApiKeyText.Prefix(text), Convert.ToHexStringLower(hash), by.OnSystem);
        return made.Map(key => new NewKey(key.Id, text, key.Value.Prefix, key.Value.Name, key.Value.Scopes, key.CreatedAt));
    }

    private static async Task<Outcome<Page<KeyView>>> List(string id, PageQuery page, IDirectory directory, IGrainFactory grains)
    {
        var workspace = await grains.WorkspaceOf(id).Read();
        return workspace.Ok
            ? (await page.List<ApiKey>(directory, GrainKey.System, new Filter("workspace_id", Test.Equal, id))).Map(keys => keys.Map(KeyView.Of))
            : workspace.Failure;
    }
}

/// <summary>A key, the one time its secret is shown.</summary>
public sealed record NewKey(string Id, string Key, string Prefix, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt);

/// <summary>A key without its secret.</summary>
/// <param name="Status"><c>active</c> or <c>revoked</c>.</param>
public sealed record KeyView(
    string Id, string Name, string Prefix, string Status, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt,
        DateTimeOffset? RevokedAt)
{
    /// <summary>The view of a key.</summary>
    public static KeyView Of(Stored<ApiKey> stored) => new(
        stored.Id, stored.Value.Name, stored.Value.Prefix, stored.Value.RevokedAt is null ? "active" : "revoked",
        stored.Value.Scopes, stored.CreatedAt, stored.Value.LastUsedAt, stored.Value.RevokedAt);
}
