namespace Troupe.Runtime.Tests;

/// <summary>Whatever happens, in whatever order: <see cref="LeaseWorld"/> checks after every event that no partition is served twice.</summary>
public sealed class LeaseScheduleTests
{
    public static TheoryData<int, bool> Seeds()
    {
        var seeds = new TheoryData<int, bool>();
        for (var seed = 0; seed < 12; seed++)
        {
            seeds.Add(seed, seed % 4 != 0);
        }

        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Never_two_serve_one_partition_and_in_the_end_all_are_served(int seed, bool guards)
    {
        var world = new LeaseWorld(seed, guards);
        for (var i = 0; i < 4; i++)
        {
            world.Add($"{i}:1");
        }

        world.Run(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 40; i++)
        {
            Disturb(world);
            world.Run(world.Between(0, 3_000));
        }

        world.Members.ForEach(member => member.IsCut = false);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.Equal(0, world.Unserved());
        var shares = world.Alive.Where(member => member.Ownership.View().Nodes.Single(node => node.IsSelf).State == NodeState.Active)
            .Select(member => member.Ownership.Owned.Count).ToList();
        Assert.InRange(shares.Max() - shares.Min(), 0, 1);
    }

    private static void Disturb(LeaseWorld world)
    {
        var alive = world.Alive.ToList();
        var one = alive[world.Random.Next(alive.Count)];
        switch (world.Random.Next(8))
        {
            case 0 or 1 when !one.IsPaused:
                one.Pause(world.Between(10, 12_000));
                break;
            case 2 or 3:
                one.IsCut = true;
                world.In(world.Between(10, 12_000), () => one.IsCut = false);
                break;
            case 4:
                world.Table.Break(one.Name);
                break;
            case 5 when alive.Count > 2:
                one.Kill();
                world.In(world.Between(0, 4_000), () => world.Add(world.Random.Next(2) == 0 ? one.Address : $"{world.Members.Count}:2"));
                break;
            case 6 when world.Random.Next(3) == 0 && alive.Count > 2:
                _ = one.Ownership.Drain(one.Name);
                world.In(TimeSpan.FromSeconds(5), () =>
                {
                    one.Kill();
                    world.Add(one.Address);
                });
                break;
            case 7 when world.Members.Count(member => !member.IsDead) < 6:
                world.Add($"{world.Members.Count}:3");
                break;
        }
    }
}
