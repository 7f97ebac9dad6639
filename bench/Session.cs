namespace Troupe.Bench;

/// <summary>What every benchmark is run with.</summary>
/// <param name="Round">Length of one measured round.</param>
/// <param name="Rounds">Rounds of each side. They take turns (baseline, ours, baseline, ours), so that what else the machine does falls on both.</param>
/// <param name="Directory">An empty directory of this run, on the disk to be measured.</param>
/// <param name="Report">Where figures go.</param>
internal sealed record Session(TimeSpan Round, int Rounds, string Directory, Report Report)
{
    /// <summary>Warm-up before each round; long enough for connections and caches, the code itself is warmed once per process.</summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Warm-up of a fresh process: the compiler's second tier needs calls and time.</summary>
    public static readonly TimeSpan ColdWarmUp = TimeSpan.FromSeconds(4);

    /// <summary>Runs all sides in turn and gives each side's rates in order of the rounds.</summary>
    public async Task<double[][]> TakeTurns(params Func<Task<double>>[] sides)
    {
        var rates = sides.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var side = 0; side < sides.Length; side++)
                rates[side][round] = await sides[side]();
        }

        return rates;
    }

    /// <summary>The middle value.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The median of the ratios of rounds that ran beside each other.</summary>
    public static double Ratio(double[] ours, double[] theirs) => Median(ours.Zip(theirs, (a, b) => a / b));

    /// <summary>A new empty directory inside the session's.</summary>
    public string Fresh(string name) => System.IO.Directory.CreateDirectory(Path.Combine(Directory, $"{name}-{Guid.NewGuid():N}")).FullName;
}
