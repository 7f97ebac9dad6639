using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>How activations end, and that no call is lost or run twice on the way.</summary>
public sealed class DeactivationTests
{
    private readonly Probe _probe = new();

    [Fact]
    public async Task Calls_queued_behind_DeactivateOnIdle_go_to_the_next_activation_in_order()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        var grain = host.Get<ILife>("a");
        var last = grain.EndAfter("1");
        await _probe["1"].Reached;
        var queued = Enumerable.Range(0, 50).Select(i => grain.Note($"{i}")).ToList();
        _probe["1"].Open();
        await last.Soon();
        await Task.WhenAll(queued).Soon();
        Assert.Equal(["first active", "asked", "first ended: ApplicationRequested", "second active", .. Second(50)], Lives(_probe.Log));
    }

    [Fact]
    public async Task Calls_during_deactivation_wait_for_its_end_and_go_to_the_next_activation()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        var grain = host.Get<ILife>("slow");
        await grain.End().Soon();
        await _probe["deactivation"].Reached;
        var queued = Enumerable.Range(0, 50).Select(i => grain.Note($"{i}")).ToList();
        _probe["deactivation"].Open();
        await Task.WhenAll(queued).Soon();
        Assert.Equal(["first active", "first ended: ApplicationRequested", "second active", .. Second(50)], Lives(_probe.Log));
    }

    [Fact]
    public async Task An_interleaving_call_does_not_enter_an_activation_that_is_to_end()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        var grain = host.Get<ILife>("a");
        var last = grain.EndAfter("1");
        await _probe["1"].Reached;
        var interleaving = grain.NoteInterleaving("x");
        _probe["1"].Open();
        await Task.WhenAll(last, interleaving).Soon();
        Assert.Equal(["first active", "asked", "first ended: ApplicationRequested", "second active", "second x"], Lives(_probe.Log));
    }

    [Fact]
    public async Task Nor_does_one_that_stood_ready_when_the_end_was_asked_for()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        var grain = host.Get<ILife>("a");
        var last = grain.BlockAndEnd("1");
        await _probe["1"].Reached;
        var ready = grain.NoteInterleaving("x");
        var waiting = grain.Note("y");
        _probe["1"].Open();
        await Task.WhenAll(last, ready, waiting).Soon();
        Assert.Equal(["first active", "first ended: ApplicationRequested", "second active", "second x", "second y"], Lives(_probe.Log));
    }

    [Fact]
    public async Task Under_constant_deactivation_every_call_runs_once_and_each_callers_in_order()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        var grain = host.Get<ILife>("a");
        var callers = Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            List<Task> calls = [];
            for (var i = 0; i < 500; i++)
            {
                calls.Add(i % 7 == 0 ? grain.NoteAndEnd($"{caller}.{i:d3}") : grain.Note($"{caller}.{i:d3}"));
                if (i % 50 == 0)
                {
                    await Task.Yield();
                }
            }

            await Task.WhenAll(calls);
        }));
        await Task.WhenAll(callers).Soon();
        var notes = _probe.Log.Where(line => line.Contains('.', StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        for (var caller = 0; caller < 4; caller++)
        {
            Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{caller}.{i:d3}"), notes.Where(note => note[0] == '0' + caller));
        }
    }

    [Fact]
    public async Task An_idle_activation_is_collected_and_a_used_one_is_not()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        await host.Get<ILife>("idle").Note("x").Soon();
        await host.Get<ILife>("used").Note("x").Soon();
        host.Clock.Advance(TimeSpan.FromMinutes(10));
        await host.Get<ILife>("used").Note("x").Soon();
        host.Clock.Advance(TimeSpan.FromMinutes(7));
        await _probe["idle ended"].Reached;
        Assert.Contains("idle first ended: ActivationIdle", _probe.Log);
        await Hosts.Until(() => host.Node.ActivationCounts()[nameof(LifeGrain)] == 1);
        await host.Get<ILife>("used").Note("y").Soon();
        Assert.Contains("used first y", _probe.Log);
    }

    [Fact]
    public async Task A_grain_at_work_is_not_idle_however_long_it_takes()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe, new() { CallTimeout = TimeSpan.FromHours(2) });
        var call = host.Get<ILife>("a").Hold("1");
        await _probe["1"].Reached;
        host.Clock.Advance(TimeSpan.FromHours(1));
        _probe["1"].Open();
        await call.Soon();
        await host.Get<ILife>("a").Note("x").Soon();
        Assert.Equal(["a first active", "a first x"], _probe.Log);
    }

    [Fact]
    public async Task DelayDeactivation_keeps_an_idle_activation()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        await host.Get<ILife>("a").Keep(TimeSpan.FromHours(1)).Soon();
        host.Clock.Advance(TimeSpan.FromMinutes(50));
        await host.Get<ILife>("a").Note("x").Soon();
        host.Clock.Advance(TimeSpan.FromMinutes(20));
        await _probe["a ended"].Reached;
        Assert.Equal(["a first active", "a first x", "a first ended: ActivationIdle"], _probe.Log);
    }

    [Fact]
    public async Task A_deactivation_that_fails_ends_all_the_same()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        await host.Get<ILife>("broken").End().Soon();
        await host.Get<ILife>("broken").Note("x").Soon();
        Assert.Equal(["broken first active", "broken first ended: ApplicationRequested", "broken second active", "broken second x"], _probe.Log);
    }

    [Fact]
    public async Task A_grain_that_never_stays_fails_its_callers_instead_of_circling_for_ever()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Get<ILife>("never").Note("x").Soon());
        Assert.Contains("deactivates itself", fault.Message);
    }

    [Fact]
    public async Task A_disposable_grain_is_disposed_after_its_deactivation()
    {
        await using var host = Hosts.Of<ILife, LifeGrain>(_probe);
        await host.Get<ILife>("a").End().Soon();
        await _probe["a disposed"].Reached;
    }

    private static IEnumerable<string> Second(int count) => Enumerable.Range(0, count).Select(i => $"second {i}");

    private static IEnumerable<string> Lives(IEnumerable<string> log) => log.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);

    public interface ILife : IGrainWithStringKey
    {
        Task Note(string what);

        [AlwaysInterleave]
        Task NoteInterleaving(string what);

        Task NoteAndEnd(string what);

        Task Hold(string gate);

        Task End();

        Task EndAfter(string gate);

        Task BlockAndEnd(string gate);

        Task Keep(TimeSpan time);
    }

    public sealed class LifeGrain : Grain, ILife, IDisposable
    {
        private readonly Probe _probe;
        private readonly string _life;

        public LifeGrain(Probe probe)
        {
            _probe = probe;
            _life = probe.Log.Contains($"{Key} first active") ? "second" : "first";
        }

        private string Key => this.GetPrimaryKeyString();

        public override Task OnActivateAsync(CancellationToken cancellationToken)
        {
            _probe.Note($"{Key} {_life} active");
            if (Key == "never")
            {
                DeactivateOnIdle();
            }

            return Task.CompletedTask;
        }

        public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            if (Key == "slow")
            {
                await _probe["deactivation"].Pass();
            }

            _probe.Note($"{Key} {_life} ended: {reason.ReasonCode}");
            _ = _probe[$"{Key} ended"].Pass();
            if (Key == "broken")
            {
                throw new InvalidOperationException();
            }
        }

        public Task Note(string what)
        {
            _probe.Note($"{Key} {_life} {what}");
            return Task.CompletedTask;
        }

        public Task NoteInterleaving(string what) => Note(what);

        public Task NoteAndEnd(string what)
        {
            DeactivateOnIdle();
            return Note(what);
        }

        public Task Hold(string gate) => _probe[gate].Pass();

        public Task End()
        {
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        public async Task EndAfter(string gate)
        {
            DeactivateOnIdle();
            await _probe[gate].Pass();
            _probe.Note($"{Key} asked");
        }

        public Task BlockAndEnd(string gate)
        {
            _probe[gate].Pass().Wait(TimeSpan.FromSeconds(20));
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        public Task Keep(TimeSpan time)
        {
            DelayDeactivation(time);
            return Task.CompletedTask;
        }

        public void Dispose() => _ = _probe[$"{Key} disposed"].Pass();
    }
}
