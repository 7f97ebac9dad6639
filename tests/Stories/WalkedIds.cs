using System.Collections.Immutable;

namespace Troupe.Tests;

/// <summary>Ids to put into paths and bodies.</summary>
public sealed record WalkedIds(string Workspace, string Key, string Table, string WebhookToken, string Spinner, string Job, string Record)
{
    /// <summary>Ids of resources by the path of their collection.</summary>
    public ImmutableDictionary<string, string> Made { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The id of a resource that is not there.</summary>
    private string Absent { get; init; } = "x";

    /// <summary>Ids in the right form that name nothing.</summary>
    public static WalkedIds Unknown { get; } = new(
        "wrk_01900000000070008000000000000000",
        "key_01900000000070008000000000000000",
        "01900000-0000-7000-8000-000000000000",
        new string('A', 43),
        "spn_01900000000070008000000000000000",
        "job_01900000000070008000000000000000",
        "rec_01900000000070008000000000000000_1")
    {
        Absent = "con_01900000000070008000000000000000",
    };

    /// <summary>Text that is no id at all.</summary>
    public static WalkedIds Nonsense { get; } = new("no'pe", "no pe", "nope", "nope", "%", "job_", "rec_x_99999999999999999999") { Absent = "no'pe" };

    /// <summary>The id that a parameter of a path stands for.</summary>
    public string For(string path, string parameter) => (parameter, path.Split('/')) switch
    {
        ("key_id", _) => Key,
        ("token", _) => WebhookToken,
        ("spinnerId", _) => Spinner,
        (_, [_, "admin", "workspaces", ..]) => Workspace,
        (_, [_, "admin", "cluster", ..]) => "node-of-another-cluster",
        (_, [.., "data-tables", _] or [.., "data-tables", _, _]) => Table,
        (_, [.., "spinners", _] or [.., "spinners", _, _]) => Spinner,
        (_, [.., "jobs", _] or [.., "jobs", _, _]) => Job,
        (_, [.., "records", _]) => Record,
        ("id", _) when path.IndexOf("/{id}", StringComparison.Ordinal) is > 0 and var end => Made.GetValueOrDefault(path[..end], Absent),
        _ => throw new InvalidOperationException($"{path}: tell WalkedIds what {{{parameter}}} names."),
    };
}
