using Troupe.Identity;

namespace Troupe.Api.Auth;

/// <summary>The place of one key in the cache: its present grant, and at most one question to its grain at a time.</summary>
internal sealed class GrantSlot(IApiKeyGrain grain, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private volatile HeldGrant? _held;
    private volatile Task? _asking;

    /// <summary>Whether the grain knew the key when it was last asked.</summary>
    public bool Known => _held is not null;

    /// <summary>Whether the grant may still be used.</summary>
    public bool Fresh => _held is { } held && clock.GetElapsedTime(held.AskedAt) < Limits.GrantAge;

    /// <summary>Answers from the grant that is held; false when the grain must be asked first.</summary>
    public bool TryAdmit(ReadOnlySpan<char> key, out Admission admission)
    {
        admission = default;
        if (_held is not { } held)
        {
            return false;
        }

        var age = clock.GetElapsedTime(held.AskedAt);
        if (age >= Limits.GrantAge)
        {
            return false;
        }

        if (!held.Proves(key))
        {
            return true;
        }

        if (held.Take())
        {
            admission = new(held, Limited: false);
            if (age >= Limits.GrantRenewal && _asking is null or { IsCompleted: true })
            {
                _ = Ask(); // nobody waits for it; should it fail, those who come after the grant's age will ask and hear of it
            }

            return true;
        }

        admission = new(held, Limited: true);
        return held.Dry && age.TotalMilliseconds < held.Grant.Rate!.RetryAfterMilliseconds;
    }

    /// <summary>Asks the grain until there is an answer. Ends: each question brings permits, or word that there are none.</summary>
    public async ValueTask<Admission> Admit(string key)
    {
        while (true)
        {
            await Ask();
            if (!Known)
            {
                return Admission.Unknown;
            }

            if (TryAdmit(key, out var admission))
            {
                return admission;
            }
        }
    }

    private Task Ask()
    {
        lock (_gate)
        {
            return _asking is { IsCompleted: false } ? _asking : _asking = Renew();
        }
    }

    private async Task Renew()
    {
        // Off the caller's thread: the lock is held while this method is started.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var before = _held;
        var fresh = before is not null && Fresh;
        var askedAt = clock.GetTimestamp();
        var answer = await grain.Grant(fresh ? before!.Permits : 0);
        _held = answer.Ok ? new(answer.Value, askedAt, fresh ? before!.TakeAll() : 0) : null;
    }
}
