namespace Troupe.Identity;

/// <summary>An API key. Key: <c>system/key_…</c>; the id is made from the visible part of the key, so that whoever presents a key finds its grain without a
/// search.</summary>
public interface IApiKeyGrain : IGrainWithStringKey
{
    /// <summary>Makes the key: takes it from the workspace's plan, then stores prefix and hash.</summary>
    Task<Outcome<Stored<ApiKey>>> Create(string workspace, ApiKeyDraft draft, string prefix, string hash, Caller by);

    /// <summary>Revokes it for good. A second time changes nothing. Missing when the key is another workspace's.</summary>
    Task<Outcome<Stored<ApiKey>>> Revoke(string workspace, Caller by);

    /// <summary>Leave for a front end to let the key in. Refused as unauthorized when the key is unknown or revoked, or its workspace is gone.</summary>
    /// <param name="held">Permits of an earlier grant that the front end has not used; it is given so many fewer.</param>
    Task<Outcome<KeyGrant>> Grant(long held);
}
