using Troupe.Jobs;

namespace Troupe.Tests.Jobs;

public sealed class WindowTests
{
    [Fact]
    public void In_whatever_order_outcomes_come_next_is_the_lowest_position_without_one()
    {
        var random = new Random(20261121);
        for (var round = 0; round < 100; round++)
        {
            var positions = Enumerable.Range(5, 60).Select(p => (long)p).ToArray();
            random.Shuffle(positions);
            var window = new Window(5);
            var marked = new HashSet<long>();
            foreach (var position in positions)
            {
                Assert.False(window.Contains(position));
                window.Mark(position);
                marked.Add(position);
                Assert.Equal(Enumerable.Range(5, 61).First(p => !marked.Contains(p)), window.Next);
                Assert.Equal(marked.Count(p => p > window.Next), window.Ahead);
            }

            Assert.Equal((65L, 0), (window.Next, window.Ahead));
        }
    }

    [Fact]
    public void Skip_counts_what_has_no_outcome()
    {
        var window = new Window(0);
        window.Mark(0);
        window.Mark(3);
        window.Mark(7);
        Assert.Equal(7, window.Skip(10)); // 1 2 4 5 6 8 9
        Assert.Equal((10L, 0), (window.Next, window.Ahead));
    }
}
