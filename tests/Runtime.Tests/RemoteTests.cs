using Microsoft.Extensions.DependencyInjection;
using Troupe.Tests;

namespace Troupe.Runtime.Tests;

/// <summary>The ports to other nodes, with two nodes in one process: partitions below a border belong to one, the others to the other.</summary>
public sealed class RemoteTests
{
    private readonly Probe _probe = new();

    [Fact]
    public void Partitions_are_the_same_in_every_version()
    {
        // Stored with reminders: these numbers must never change.
        GrainId[] grains = [new("JobGrain", "wks_1/job_1"), new("JobGrain", "wks_1/job_2"), new("", ""), new("X", "ü")];
        Assert.Equal([195, 648, 74, 38], grains.Select(Partition.Of));
    }

    [Fact]
    public void Partitions_are_about_equally_full()
    {
        var counts = Enumerable.Range(0, 100 * Partition.Count).CountBy(i => Partition.Of(new("JobGrain", $"wks_1/job_{i}"))).ToList();
        Assert.Equal(Partition.Count, counts.Count);
        Assert.All(counts, count => Assert.InRange(count.Value, 50, 160));
    }

    [Fact]
    public async Task A_call_goes_to_the_node_that_owns_the_grain_and_its_answer_comes_back()
    {
        await using var pair = new Pair(_probe);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(new Greeting($"hello g{i}", i), await pair.Left.Get<IRemote>($"g{i}").Greet("hello", i, CancellationToken.None).Soon());
        }

        Assert.InRange(pair.Left.Node.ActivationCounts()[nameof(RemoteGrain)], 1, 19);
        Assert.Equal(20, pair.Left.Node.ActivationCounts()[nameof(RemoteGrain)] + pair.Right.Node.ActivationCounts()[nameof(RemoteGrain)]);
    }

    [Fact]
    public async Task Faults_of_the_runtime_keep_their_type_and_those_of_grains_keep_their_name()
    {
        await using var pair = new Pair(_probe);
        var grain = pair.Left.Get<IRemote>(pair.KeyOnTheRight);
        var fault = await Assert.ThrowsAsync<RemoteGrainException>(() => grain.Throw("InvalidOperation").Soon());
        Assert.Equal(("System.InvalidOperationException", "System.InvalidOperationException: thrown"), (fault.RemoteType, fault.Message));
        await Assert.ThrowsAsync<LimitExceededException>(() => grain.Throw("LimitExceeded").Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => grain.Throw("Canceled").Soon());
    }

    [Fact]
    public async Task Time_out_and_cancellation_reach_over_to_the_other_node()
    {
        await using var pair = new Pair(_probe);
        var grain = pair.Left.Get<IRemote>(pair.KeyOnTheRight);
        using var cancel = new CancellationTokenSource();
        var cancelled = grain.Wait("1", cancel.Token);
        await _probe["1"].Reached;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon());
        await _probe["1 cancelled"].Reached;

        var late = grain.Wait("2", CancellationToken.None);
        await _probe["2"].Reached;
        pair.Clock.Advance(TimeSpan.FromSeconds(40));
        await Assert.ThrowsAsync<TimeoutException>(() => late.Soon());
        await _probe["2 cancelled"].Reached;
    }

    [Fact]
    public async Task Calls_to_another_node_keep_their_order()
    {
        await using var pair = new Pair(_probe);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => pair.Left.Get<IRemote>(pair.KeyOnTheRight).Greet("x", i, CancellationToken.None))).Soon();
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"greeted {i}"), _probe.Log);
    }

    [Fact]
    public async Task A_call_for_a_grain_that_lives_elsewhere_is_refused_instead_of_passed_around()
    {
        await using var pair = new Pair(_probe);
        var grain = new GrainId(nameof(RemoteGrain), pair.KeyOnTheRight);
        var message = new RemoteCall(grain, typeof(IRemote).FullName!, "Greet", "[\"x\",1]"u8.ToArray(), TimeSpan.FromSeconds(5), OneWay: false);
        var answer = await pair.Left.Node.Receive(message, CancellationToken.None);
        Assert.Equal(typeof(CallRefusedException).FullName, answer.Fault?.Type);
        Assert.Null((await pair.Right.Node.Receive(message, CancellationToken.None)).Fault);
        Assert.NotNull((await pair.Right.Node.Receive(message with { Method = "Unknown" }, CancellationToken.None)).Fault);
        Assert.NotNull((await pair.Right.Node.Receive(message with { Arguments = "[1]"u8.ToArray() }, CancellationToken.None)).Fault);
    }

    [Fact]
    public async Task Activations_of_a_lost_partition_end_and_their_calls_follow_to_the_new_owner()
    {
        await using var pair = new Pair(_probe);
        var grain = pair.Left.Get<IRemote>(pair.KeyOnTheLeft);
        await grain.Greet("x", 1, CancellationToken.None).Soon();
        var running = grain.Wait("1", CancellationToken.None);
        await _probe["1"].Reached;
        var waiting = grain.Greet("x", 2, CancellationToken.None);
        pair.MoveAllToTheRight();
        _probe["1"].Open();
        await Task.WhenAll(running, waiting).Soon();
        Assert.Contains($"{pair.KeyOnTheLeft} Migrating", _probe.Log);
        Assert.Empty(pair.Left.Node.ActivationCounts());
        Assert.Equal(1, pair.Right.Node.ActivationCounts()[nameof(RemoteGrain)]);
    }

    [Fact]
    public async Task Reminders_follow_their_partition()
    {
        await using var pair = new Pair(_probe);
        await pair.Left.Get<IRemote>(pair.KeyOnTheLeft).Remind().Soon();
        pair.MoveAllToTheRight();
        pair.Clock.Advance(TimeSpan.FromSeconds(10));
        await _probe["reminded"].Reached;
        Assert.Equal(1, pair.Right.Node.ActivationCounts()[nameof(RemoteGrain)]);
    }

    public sealed record Greeting(string Text, int Number);

    public interface IRemote : IGrainWithStringKey
    {
        Task<Greeting> Greet(string text, int number, CancellationToken cancel);

        Task Throw(string what);

        Task Wait(string gate, CancellationToken cancel);

        Task Remind();
    }

    public sealed class RemoteGrain(Probe probe) : Grain, IRemote, IRemindable
    {
        public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            probe.Note($"{this.GetPrimaryKeyString()} {reason.ReasonCode}");
            return Task.CompletedTask;
        }

        public Task<Greeting> Greet(string text, int number, CancellationToken cancel)
        {
            probe.Note($"greeted {number}");
            return Task.FromResult(new Greeting($"{text} {this.GetPrimaryKeyString()}", number));
        }

        public Task Throw(string what) => throw what switch
        {
            "LimitExceeded" => new LimitExceededException("thrown"),
            "Canceled" => new OperationCanceledException("thrown"),
            _ => new InvalidOperationException("thrown"),
        };

        public async Task Wait(string gate, CancellationToken cancel)
        {
            try
            {
                await probe[gate].Pass().WaitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                _ = probe[$"{gate} cancelled"].Pass();
                throw;
            }
        }

        public Task Remind() => this.RegisterOrUpdateReminder("r", TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));

        public Task ReceiveReminder(string reminderName, TickStatus status)
        {
            _ = probe["reminded"].Pass();
            return Task.CompletedTask;
        }
    }

    /// <summary>Two nodes that share clock and reminders.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly Half _left = new(0, Partition.Count / 2);
        private readonly Half _right = new(Partition.Count / 2, Partition.Count);

        public Pair(Probe probe)
        {
            var table = new MemoryReminderTable();
            Left = Host(_left, () => Right!);
            Right = Host(_right, () => Left);
            GrainHost Host(Half half, Func<GrainHost> other) => new(
                [(typeof(IRemote), typeof(RemoteGrain))],
                services => services.AddSingleton(probe).AddSingleton<IOwnership>(half).AddSingleton<ITransport>(new Wire(other)),
                Clock,
                table);
        }

        public FakeClock Clock { get; } = new();

        public GrainHost Left { get; }

        public GrainHost Right { get; }

        public string KeyOnTheLeft { get; } = Key(partition => partition < Partition.Count / 2);

        public string KeyOnTheRight { get; } = Key(partition => partition >= Partition.Count / 2);

        public void MoveAllToTheRight()
        {
            _left.Move(0, 0);
            _right.Move(0, Partition.Count);
        }

        public async ValueTask DisposeAsync()
        {
            await Left.DisposeAsync();
            await Right.DisposeAsync();
        }

        private static string Key(Func<int, bool> where) =>
            Enumerable.Range(0, 100).Select(i => $"key{i}").First(key => where(Partition.Of(new(nameof(RemoteGrain), key))));
    }

    private sealed class Half(int from, int to) : IOwnership
    {
        public event EventHandler<PartitionsChangedEventArgs>? Changed;

        public IReadOnlyList<int> Owned { get; private set; } = [.. Enumerable.Range(from, to - from)];

        public PartitionOwner Owner(int partition) => Owned.Contains(partition) ? new("here", 1, true) : new("there", 1, false);

        public void Move(int from, int to)
        {
            var before = Owned;
            Owned = [.. Enumerable.Range(from, to - from)];
            Changed?.Invoke(this, new([.. Owned.Except(before)], [.. before.Except(Owned)]));
        }
    }

    /// <summary>A transport to the other node of the pair.</summary>
    private sealed class Wire(Func<GrainHost> other) : ITransport
    {
        public ValueTask<RemoteAnswer> Send(string node, RemoteCall call, CancellationToken cancel) => other().Node.Receive(call, cancel);
    }
}
