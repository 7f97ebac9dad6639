namespace Troupe.Identity;

/// <summary>The shell of an API key: owns its rate limit and says who may come in.</summary>
public sealed class ApiKeyGrain(IStore store, TimeProvider clock) : RecordGrain<ApiKey>(store, clock), IApiKeyGrain
{
    private const string Used = "used";
    private static readonly Failure Refused = new(Refusal.Unauthorized, "unauthorized", "Unknown or revoked API key.");
    private static readonly Usage[] OneKey = [new(Meter.Keys, 1)];
    private readonly TokenBucket _bucket = new(clock);
    private DateTimeOffset _useNotedAt;

    /// <inheritdoc/>
    public async Task<Outcome<Stored<ApiKey>>> Create(string workspace, ApiKeyDraft draft, string prefix, string hash, Caller by)
    {
        var terms = await Workspace(workspace).Terms();
        var key = terms.Then(t => ApiKey.Create(draft, workspace, t.Modules, prefix, hash));
        if (!key.Ok)
        {
            return key.Failure;
        }

        // Charged first: a failure after this leaves the meter one too high, never a key that nobody counted.
        var charged = await Workspace(workspace).Charge(OneKey);
        if (!charged.Ok)
        {
            return charged.Failure;
        }

        var made = await Found(() => key, by);
        if (!made.Ok)
        {
            await Workspace(workspace).Release(OneKey);
        }

        return made;
    }

    /// <inheritdoc/>
    public async Task<Outcome<Stored<ApiKey>>> Revoke(string workspace, Caller by)
    {
        if (State?.Value.WorkspaceId != workspace)
        {
            return Absent;
        }

        var wasActive = State.Value.RevokedAt is null;
        var revoked = await Apply(key => key.Revoke(Time.Milliseconds(Clock.GetUtcNow())), "revoked", by);
        if (revoked.Ok && wasActive)
        {
            await Workspace(workspace).Release(OneKey);
        }

        return revoked;
    }

    /// <inheritdoc/>
    public async Task<Outcome<KeyGrant>> Grant(long held)
    {
        if (State is null)
        {
            DeactivateOnIdle(); // nobody's key: not worth its memory
            return Refused;
        }

        var (id, key) = (State.Id, State.Value);
        var terms = await Workspace(key.WorkspaceId).Terms();
        if (key.RevokedAt is not null || !terms.Ok)
        {
            return Refused;
        }

        await NoteUse();
        var rate = terms.Value.RequestsPerSecond is { } limit ? _bucket.Share(limit, held) : null;
        return new KeyGrant(key.WorkspaceId, id, key.Prefix, key.Hash, key.Scopes, terms.Value.Modules, rate);
    }

    /// <summary>A use is no news.</summary>
    protected override IReadOnlyList<Event> Events(Stored<ApiKey> next, string verb, ReadOnlyMemory<byte> body) =>
        verb == Used ? [] : base.Events(next, verb, body);

    /// <summary>Nobody is told the hash of a key.</summary>
    protected override ApiKey Told(ApiKey value) => value with { Hash = "" };

    private IWorkspaceGrain Workspace(string id) => GrainFactory.GetGrain<IWorkspaceGrain>($"{GrainKey.System}/{id}");

    private async Task NoteUse()
    {
        var now = Time.Milliseconds(Clock.GetUtcNow());
        if (now - _useNotedAt < Limits.LastUsePrecision)
        {
            return;
        }

        _useNotedAt = now;
        try
        {
            await Apply(key => key.Use(now), Used, new(GrainKey.System, "system"));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A store that can't write must not lock everybody out of reading; the next minute tries again.
        }
    }
}
