using Troupe.Api.Auth;
using Troupe.Identity;
using Troupe.Runtime;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>The front end's side of grants, against a key's grain that counts how often it is asked.</summary>
public sealed class GrantCacheTests
{
    private static readonly string Key = ApiKeyText.New(TimeProvider.System.GetUtcNow());
    private readonly FakeClock _clock = new();
    private readonly AskedGrain _grain = new();
    private readonly GrantCache _cache;

    public GrantCacheTests() => _cache = new(_grain, _clock);

    [Fact]
    public async Task A_thousand_requests_ask_once()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Assert.NotNull((await _cache.Admit(Key)).Grant);
        }

        Assert.Equal(1, _grain.Asked);
        Assert.Equal(1, _grain.References);
    }

    [Fact]
    public async Task A_fresh_grant_is_answered_without_waiting_and_without_a_string()
    {
        await _cache.Admit(Key);
        Assert.True(_cache.Admit(Key).AsTask().IsCompletedSuccessfully);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            await _cache.Admit(Key);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public async Task Callers_who_come_while_the_grain_is_asked_share_the_question()
    {
        _grain.Gate = new();
        var callers = Enumerable.Range(0, 100).Select(_ => _cache.Admit(Key).AsTask()).ToArray();
        _grain.Gate.SetResult();
        Assert.All(await Task.WhenAll(callers), admission => Assert.NotNull(admission.Grant));
        Assert.Equal(1, _grain.Asked);
    }

    [Fact]
    public async Task A_revoked_key_is_dead_a_second_after_the_last_question()
    {
        await _cache.Admit(Key);
        _grain.Revoked = true;

        _clock.Advance(TimeSpan.FromMilliseconds(499));
        Assert.NotNull((await _cache.Admit(Key)).Grant);
        _clock.Advance(TimeSpan.FromMilliseconds(501));
        Assert.Null((await _cache.Admit(Key)).Grant);
        Assert.Null((await _cache.Admit(Key)).Grant);
        Assert.Equal(2, _grain.Asked);
    }

    [Fact]
    public async Task A_grant_in_use_is_renewed_in_the_background()
    {
        await _cache.Admit(Key);
        _clock.Advance(TimeSpan.FromMilliseconds(600));
        Assert.True(_cache.Admit(Key).AsTask().IsCompletedSuccessfully);
        await _grain.WaitUntilAsked(2);

        _clock.Advance(TimeSpan.FromMilliseconds(600)); // the first grant is too old by now, the second is not
        Assert.NotNull((await _cache.Admit(Key)).Grant);
        Assert.InRange(_grain.Asked, 2, 3);
    }

    [Fact]
    public async Task A_fault_of_the_grain_reaches_the_callers_and_is_forgotten()
    {
        _grain.Fault = new TimeoutException("late");
        await Assert.ThrowsAsync<TimeoutException>(async () => await _cache.Admit(Key));
        _grain.Fault = null;
        Assert.NotNull((await _cache.Admit(Key)).Grant);
    }

    [Theory]
    [InlineData("")]
    [InlineData("trp_")]
    [InlineData("trp_0123456789ab_0123456789abcdefghij0123456789abcdefghi")]
    [InlineData("trp_0123456789ab-0123456789abcdefghij0123456789abcdefghij")]
    [InlineData("trp_0123456789a!_0123456789abcdefghij0123456789abcdefghij")]
    [InlineData("TRP_0123456789ab_0123456789abcdefghij0123456789abcdefghij")]
    public async Task What_has_not_the_form_of_a_key_asks_nobody(string text)
    {
        Assert.Null((await _cache.Admit(text)).Grant);
        Assert.Equal(0, _grain.Asked);
    }

    [Fact]
    public async Task A_wrong_secret_with_a_known_prefix_is_refused_and_does_no_harm_to_the_right_one()
    {
        await _cache.Admit(Key);
        var wrong = Key[..^1] + (Key[^1] == 'a' ? 'b' : 'a');
        Assert.Null((await _cache.Admit(wrong)).Grant);
        Assert.NotNull((await _cache.Admit(Key)).Grant);
        Assert.Equal(1, _grain.Asked);
    }

    [Fact]
    public async Task An_unknown_key_is_remembered_for_a_while()
    {
        _grain.Revoked = true;
        for (var i = 0; i < 100; i++)
        {
            Assert.Null((await _cache.Admit(Key)).Grant);
        }

        Assert.Equal(1, _grain.Asked);
        _clock.Advance(Limits.UnknownKeyAge);
        await _cache.Admit(Key);
        Assert.Equal(2, _grain.Asked);
    }

    [Fact]
    public async Task Unknown_keys_do_not_fill_the_memory()
    {
        _grain.Revoked = true;
        for (var i = 0; i < Limits.UnknownKeysHeld + 500; i++)
        {
            await _cache.Admit(ApiKeyText.New(_clock.GetUtcNow()));
        }

        Assert.InRange(_cache.Held, 0, Limits.UnknownKeysHeld);
    }

    [Fact]
    public async Task A_limited_key_asks_once_for_each_share_and_not_at_all_while_it_is_dry()
    {
        _grain.Shares = new([new(10, 3, 4, 0), new(10, 2, 0, 0), new(10, 0, 0, 100)]);
        var passed = 0;
        for (var i = 0; i < 50; i++)
        {
            var admission = await _cache.Admit(Key);
            Assert.NotNull(admission.Grant);
            passed += admission.Limited ? 0 : 1;
        }

        Assert.Equal(5, passed);
        Assert.Equal(3, _grain.Asked);

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        _grain.Shares.Enqueue(new(10, 1, 0, 0));
        Assert.False((await _cache.Admit(Key)).Limited);
    }

    private sealed class AskedGrain : IGrainFactory, IApiKeyGrain
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public int References { get; private set; }

        public bool Revoked { get; set; }

        public Exception? Fault { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public Queue<RateShare>? Shares { get; set; }

        public TGrainInterface GetGrain<TGrainInterface>(string primaryKey) where TGrainInterface : IGrainWithStringKey
        {
            References++;
            return (TGrainInterface)(object)this;
        }

        public async Task<Outcome<KeyGrant>> Grant(long held)
        {
            Interlocked.Increment(ref _asked);
            if (Gate is not null)
            {
                await Gate.Task;
            }

            var hash = new byte[32];
            ApiKeyText.Hash(Key, hash);
            return Fault is not null ? throw Fault
                : Revoked ? new Failure(Kernel.Refusal.Unauthorized, "unauthorized", "Unknown.")
                : new KeyGrant("wrk_1", "key_1", ApiKeyText.Prefix(Key), Convert.ToHexStringLower(hash), ["ingest"], [], Shares?.Dequeue());
        }

        public async Task WaitUntilAsked(int times)
        {
            while (Asked < times)
            {
                await Task.Yield();
            }
        }

        public Task<Outcome<Stored<ApiKey>>> Create(string workspace, ApiKeyDraft draft, string prefix, string hash, Caller by) =>
            throw new NotSupportedException();

        public Task<Outcome<Stored<ApiKey>>> Revoke(string workspace, Caller by) => throw new NotSupportedException();
    }
}
