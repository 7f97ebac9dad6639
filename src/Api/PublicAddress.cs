namespace Troupe.Api;

/// <summary>The public base address of the API, for addresses that are handed out.</summary>
/// <param name="Url">Without a slash at the end.</param>
public sealed record PublicAddress(string Url);
