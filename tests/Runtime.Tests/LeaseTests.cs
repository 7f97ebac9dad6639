namespace Troupe.Runtime.Tests;

/// <summary>Ownership by leases: joining, leaving, and each failure, in a world of its own time.</summary>
public sealed class LeaseTests
{
    [Fact]
    public void Nodes_that_join_share_the_partitions_evenly()
    {
        var world = new LeaseWorld(1, guards: true);
        world.Add("a:1");
        world.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(Partition.Count, world.Members[0].Ownership.Owned.Count);
        world.Add("b:1");
        world.Add("c:1");
        world.Add("d:1", "api");
        var took = world.Until(() => world.Members[1].Ownership.Owned.Count > 300 && world.Unserved() == 0);
        Assert.InRange(took.TotalSeconds, 0, 2);
        Assert.Equal([341, 341, 342], world.Members.Take(3).Select(member => member.Ownership.Owned.Count).Order());
        Assert.Empty(world.Members[3].Ownership.Owned);
        Assert.Equal(4, world.Members[3].Ownership.View().Nodes.Count);
        var left = world.Members[0].Ownership.Owned[0];
        Assert.Equal(world.Members[0].Name, world.Members[3].Ownership.Owner(left).Node);
    }

    [Theory]
    [InlineData(true, 0.1, 0.6)]
    [InlineData(false, 3, 7)]
    public void What_a_killed_node_had_is_served_by_others(bool guards, double least, double most)
    {
        var world = Three(guards);
        world.Members[0].Kill();
        var took = world.Until(() => world.Unserved() == 0);
        Assert.InRange(took.TotalSeconds, least, most);
        Assert.Equal([512, 512], world.Alive.Select(member => member.Ownership.Owned.Count));
    }

    [Fact]
    public void A_node_that_is_stopped_and_woken_serves_nothing_before_it_has_renewed()
    {
        var world = Three(guards: true);
        var sleeper = world.Members[0];
        sleeper.Pause(TimeSpan.FromSeconds(20));
        world.Run(TimeSpan.FromSeconds(7.5));
        Assert.Equal(0, world.Unserved());
        world.Run(TimeSpan.FromSeconds(12.499));
        Assert.False(sleeper.Ownership.IsServing);
        Assert.False(sleeper.Ownership.Owner(sleeper.Ownership.Owned[0]).IsLocal);
        world.Run(TimeSpan.FromSeconds(5));
        Assert.Equal([341, 341, 342], world.Members.Select(member => member.Ownership.Owned.Count).Order());
    }

    [Fact]
    public void A_node_cut_from_the_table_stops_before_others_start_and_comes_back()
    {
        var world = Three(guards: true);
        var cut = world.Members[0];
        cut.IsCut = true;
        var stopped = world.Until(() => !cut.Ownership.IsServing);
        Assert.InRange(stopped.TotalSeconds, 2.9, 5);
        Assert.InRange(world.Until(() => world.Unserved() == 0).TotalSeconds, 0.5, 3);
        Assert.Empty(cut.Ownership.Owned);
        Assert.False(cut.Ownership.View().InTouch);
        cut.IsCut = false;
        world.Until(() => cut.Ownership.Owned.Count > 300);
    }

    [Fact]
    public void A_node_whose_session_breaks_pauses_and_goes_on_with_what_it_had()
    {
        var world = Three(guards: true);
        var owned = world.Members.ConvertAll(member => member.Ownership.Owned);
        world.Members.ForEach(member => world.Table.Break(member.Name));
        var paused = new HashSet<LeaseMember>();
        var took = world.Until(() =>
        {
            paused.UnionWith(world.Members.Where(member => !member.Ownership.IsServing));
            return paused.Count == 3 && world.Unserved() == 0;
        });
        Assert.InRange(took.TotalSeconds, 0, 0.5);
        Assert.Equal(owned, world.Members.ConvertAll(member => member.Ownership.Owned));
    }

    [Fact]
    public void Nodes_that_all_lose_the_table_for_long_come_back_to_what_they_had()
    {
        var world = Three(guards: true);
        var owned = world.Members.ConvertAll(member => member.Ownership.Owned.ToList());
        world.Members.ForEach(member => member.IsCut = true);
        world.Run(TimeSpan.FromSeconds(20));
        Assert.All(world.Members, member => Assert.Empty(member.Ownership.Owned));
        world.Members.ForEach(member => member.IsCut = false);
        world.Until(() => world.Unserved() == 0);
        world.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(owned, world.Members.ConvertAll(member => member.Ownership.Owned.ToList()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void All_killed_at_once_and_started_elsewhere_serve_again_soon(bool guards)
    {
        var world = Three(guards);
        world.Members.ForEach(member => member.Kill());
        world.Run(TimeSpan.FromMilliseconds(300));
        Enumerable.Range(0, 3).ToList().ForEach(i => world.Add($"{i}:2"));
        Assert.InRange(world.Until(() => world.Unserved() == 0).TotalSeconds, 0, guards ? 1 : 8);
    }

    [Fact]
    public void A_process_started_again_at_its_address_takes_the_place_of_the_dead_one()
    {
        var world = Three(guards: true);
        world.Members[0].Kill();
        world.Add("0:1");
        Assert.InRange(world.Until(() => world.Unserved() == 0).TotalSeconds, 0, 1);
        world.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(3, world.Table.Nodes.Count);
        Assert.DoesNotContain(world.Members[0].Name, world.Table.Nodes);
    }

    [Fact]
    public async Task A_node_that_drains_hands_over_each_partition_when_its_turns_have_ended()
    {
        var world = Three(guards: true);
        var drained = world.Members[1];
        drained.SettleMilliseconds = 3_000;
        var asked = world.Members[0].Ownership.Drain(drained.Name);
        world.Until(() => asked.IsCompleted);
        world.Run(TimeSpan.FromMilliseconds(500));
        Assert.Empty(drained.Ownership.Owned);
        Assert.InRange(drained.Settling.Count, 1, 340);
        Assert.InRange(world.Unserved(), drained.Settling.Count, drained.Settling.Count + 60);
        world.Until(() => world.Unserved() == 0);
        world.Run(TimeSpan.FromSeconds(3));
        var view = world.Members[2].Ownership.View();
        Assert.Equal(NodeState.Drained, view.Nodes.Single(node => node.Lease.Node.Name == drained.Name).State);
        Assert.Equal([0, 512, 512], view.Nodes.Select(node => node.Partitions).Order());
        Assert.False(await world.Members[0].Ownership.Drain("nobody"));
    }

    [Fact]
    public void A_node_that_leaves_while_it_cant_reach_the_table_is_done_when_its_lease_is_over()
    {
        var world = Three(guards: true);
        var cut = world.Members[0];
        cut.IsCut = true;
        var left = cut.Ownership.Leave();
        Assert.False(left.IsCompleted);
        Assert.InRange(world.Until(() => left.IsCompleted).TotalSeconds, 2.9, 5);
        Assert.Empty(cut.Ownership.Owned);
        Assert.True(cut.Ownership.Leave().IsCompleted);
    }

    [Fact]
    public void Epochs_grow_with_every_owner()
    {
        var world = Three(guards: true);
        var before = Enumerable.Range(0, Partition.Count).Select(world.Members[1].Ownership.Owner).ToList();
        world.Members[0].Kill();
        world.Until(() => world.Unserved() == 0);
        world.Run(TimeSpan.FromSeconds(1));
        var after = Enumerable.Range(0, Partition.Count).Select(world.Members[1].Ownership.Owner).ToList();
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First.Node == pair.Second.Node, pair.First.Epoch == pair.Second.Epoch));
        Assert.All(before.Zip(after), pair => Assert.True(pair.First.Epoch <= pair.Second.Epoch));
    }

    [Fact]
    public void Calls_to_a_node_that_is_gone_learn_of_it()
    {
        var world = Three(guards: true);
        var here = world.Members[1].Ownership;
        var lost = Enumerable.Range(0, Partition.Count).Select(here.Owner).First(owner => owner.Node == world.Members[0].Name);
        Assert.False(lost.Gone.IsCancellationRequested);
        world.Members[0].Kill();
        world.Until(() => world.Unserved() == 0);
        Assert.True(SpinWait.SpinUntil(() => lost.Gone.IsCancellationRequested, TimeSpan.FromSeconds(5)));
    }

    private static LeaseWorld Three(bool guards)
    {
        var world = new LeaseWorld(7, guards);
        Enumerable.Range(0, 3).ToList().ForEach(i => world.Add($"{i}:1"));
        world.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(0, world.Unserved());
        return world;
    }
}
