using Troupe.Jobs;

namespace Troupe.Tests.Jobs;

public sealed class SharesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void One_member_gets_what_it_wants_up_to_the_total()
    {
        Assert.Equal(16, Ask(new Shares(), "a", 0, 100, 16));
        Assert.Equal(3, Ask(new Shares(), "a", 0, 3, 16));
        Assert.Equal(0, Ask(new Shares(), "a", 0, 0, 16));
    }

    [Fact]
    public void A_newcomer_gets_only_what_the_first_has_let_go()
    {
        var shares = new Shares();
        Assert.Equal(16, Ask(shares, "a", 0, 100, 16));
        Assert.Equal(0, Ask(shares, "b", 0, 100, 16));
        Assert.Equal(8, Ask(shares, "a", 16, 100, 16)); // an order to shrink
        Assert.Equal(0, Ask(shares, "b", 0, 100, 16)); // a still holds 16
        Assert.Equal(8, Ask(shares, "a", 12, 100, 16)); // four of its records ended
        Assert.Equal(4, Ask(shares, "b", 0, 100, 16));
        Assert.Equal(8, Ask(shares, "a", 8, 100, 16));
        Assert.Equal(8, Ask(shares, "b", 4, 100, 16));
    }

    [Fact]
    public void What_small_members_leave_goes_to_the_large_ones()
    {
        var shares = new Shares();
        shares.Report("small", 0, 2, Now);
        shares.Report("large", 0, 100, Now);
        shares.Report("other", 0, 100, Now);
        Assert.Equal(2, shares.Grant("small", 16));
        Assert.Equal(7, shares.Grant("large", 16));
        Assert.Equal(7, shares.Grant("other", 16));
    }

    [Fact]
    public void Newcomers_beyond_the_bound_wait_and_the_eldest_comes_first()
    {
        var shares = new Shares(newcomers: 2);
        foreach (var id in new[] { "a", "b", "c" })
        {
            shares.Report(id, 0, 10, Now);
        }

        Assert.Equal(5, shares.Grant("a", 10));
        Assert.Equal(5, shares.Grant("b", 10));
        Assert.Equal(0, shares.Grant("c", 10));
        shares.Remove("a");
        Assert.Equal(["c"], shares.Hungry(10));
        Assert.Equal(5, shares.Grant("c", 10));
    }

    [Fact]
    public void A_member_that_was_served_before_comes_before_newcomers_when_it_wants_again()
    {
        var shares = new Shares(newcomers: 1);
        Assert.Equal(1, Ask(shares, "waits", 0, 1, 1));
        Assert.Equal(0, Ask(shares, "waits", 0, 0, 1)); // its records only wait: it holds nothing
        Assert.Equal(1, Ask(shares, "next", 0, 1, 1));
        Assert.Equal(0, Ask(shares, "waits", 0, 1, 1)); // its records are due again
        Assert.Equal(0, Ask(shares, "next", 1, 1, 1));
        Assert.Equal(0, Ask(shares, "next", 0, 1, 1)); // it has let go
        Assert.Equal(1, Ask(shares, "waits", 0, 1, 1));
    }

    [Fact]
    public void A_member_that_goes_alone_waits_for_every_elder()
    {
        var shares = new Shares();
        shares.Add("running", 0, served: true, alone: false, Now);
        shares.Add("queued", 0, served: false, alone: true, Now);
        Assert.Equal(0, Ask(shares, "queued", 0, 5, 10));
        shares.Remove("running");
        Assert.Equal(5, Ask(shares, "queued", 0, 5, 10));
    }

    [Fact]
    public void Unknown_holdings_are_counted_in_full_until_they_are_reported_or_expire()
    {
        var shares = new Shares();
        shares.Add("unknown", 10, served: true, alone: false, Now);
        Assert.Equal(0, Ask(shares, "b", 0, 10, 10));
        shares.Expire(Now);
        Assert.Equal(0, Ask(shares, "b", 0, 10, 10)); // it was seen just now
        shares.Expire(Now.AddSeconds(1));
        Assert.True(Ask(shares, "b", 0, 10, 10) > 0);
    }

    [Fact]
    public void Under_random_reports_the_sum_is_never_exceeded_and_all_is_given_in_the_end()
    {
        var random = new Random(20261121);
        for (var round = 0; round < 200; round++)
        {
            var shares = new Shares(newcomers: random.Next(1, 5));
            var total = random.Next(1, 20);
            var members = Enumerable.Range(0, random.Next(1, 8)).Select(i => new Member($"m{i}")).ToList();
            for (var step = 0; step < 200; step++)
            {
                var member = members[random.Next(members.Count)];
                member.InUse = random.Next(0, member.Part + 1) + Math.Max(0, member.InUse - member.Part); // records end, others start within the part
                member.Wanted = random.Next(0, 3) * random.Next(0, 30);
                var held = Math.Max(member.Part, member.InUse);
                member.Part = Ask(shares, member.Id, held, member.Wanted, total);
                Assert.True(members.Sum(m => Math.Max(m.Part, m.InUse)) <= total, "the members together hold more than there is");
            }

            members.ForEach(m => m.Wanted = 100);
            for (var settle = 0; settle < 20; settle++)
            {
                members.ForEach(m => m.Part = m.InUse = Ask(shares, m.Id, m.Part, m.Wanted, total));
            }

            Assert.Equal(total, members.Sum(m => m.Part));
        }
    }

    private static int Ask(Shares shares, string id, int held, int wanted, int total)
    {
        shares.Report(id, held, wanted, Now);
        return shares.Grant(id, total);
    }

    private sealed class Member(string id)
    {
        public string Id => id;

        public int Part { get; set; }

        public int InUse { get; set; }

        public int Wanted { get; set; }
    }
}
