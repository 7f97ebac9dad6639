namespace Troupe.Runtime.Tests;

/// <summary>How partitions are divided, over any number of nodes and any change of them.</summary>
public sealed class DivisionTests
{
    private static readonly string?[] Nobody = new string?[Partition.Count];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public void Shares_differ_by_one_at_most(int nodes)
    {
        var counts = Division.Of(Nobody, Names(nodes)).CountBy(owner => owner!).Select(count => count.Value).ToList();
        Assert.Equal((nodes, Partition.Count), (counts.Count, counts.Sum()));
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    }

    [Fact]
    public void It_is_the_same_whatever_the_order_of_the_nodes_and_stays_as_it_is()
    {
        var divided = Division.Of(Nobody, Names(5));
        Assert.Equal(divided, Division.Of(Nobody, [.. Names(5).AsEnumerable().Reverse()]));
        Assert.Equal(divided, Division.Of(divided, Names(5)));
    }

    [Fact]
    public void A_node_that_joins_takes_its_share_and_nothing_else_moves()
    {
        var before = Division.Of(Nobody, Names(2));
        var after = Division.Of(before, Names(3));
        var moved = Enumerable.Range(0, Partition.Count).Where(partition => before[partition] != after[partition]).ToList();
        Assert.Equal(341, moved.Count);
        Assert.All(moved, partition => Assert.Equal("node2", after[partition]));
    }

    [Fact]
    public void What_a_lost_node_had_goes_to_all_that_are_left_and_nothing_else_moves()
    {
        var before = Division.Of(Nobody, Names(3));
        var after = Division.Of([.. before.Select(owner => owner == "node1" ? null : owner)], ["node0", "node2"]);
        Assert.Equal(512, after.Count(owner => owner == "node0"));
        Assert.All(Enumerable.Range(0, Partition.Count).Where(partition => before[partition] != "node1"), p => Assert.Equal(before[p], after[p]));
    }

    [Fact]
    public void A_node_that_takes_no_part_has_nothing_and_without_any_nobody_has()
    {
        var before = Division.Of(Nobody, Names(2));
        Assert.All(Division.Of(before, ["node0"]), owner => Assert.Equal("node0", owner));
        Assert.All(Division.Of(before, []), Assert.Null);
    }

    private static List<string> Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"node{i}")];
}
