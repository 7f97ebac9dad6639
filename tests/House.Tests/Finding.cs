using System.Text;

namespace Troupe.House;

/// <summary>A place that breaks a rule of the house.</summary>
/// <param name="Path">File, relative to the root.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="What">What is wrong there.</param>
internal sealed record Finding(string Path, int Line, string What)
{
    /// <summary>Fails with every place and the rule they break; passes when there is none.</summary>
    public static void None(IEnumerable<Finding> findings, string rule)
    {
        var all = findings.ToList();
        if (all.Count == 0)
        {
            return;
        }

        var report = new StringBuilder($"{all.Count} x {rule}\n");
        foreach (var one in all)
        {
            report.Append($"  {one.Path}:{one.Line}: {one.What}\n");
        }

        Assert.Fail(report.ToString());
    }
}
