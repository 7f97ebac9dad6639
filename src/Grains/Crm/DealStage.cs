using System.Text.RegularExpressions;

namespace Troupe.Crm;

/// <summary>A deal stage as callers send it.</summary>
/// <param name="Key">What deals name it by; required at creation, stays for good.</param>
/// <param name="Name">For people; the key when absent.</param>
/// <param name="Position">Its place among the others; 0 when absent.</param>
public sealed record DealStageDraft(Patch<string> Key = default, Patch<string> Name = default, Patch<long?> Position = default) : Draft;

/// <summary>A step of the pipeline that deals go through [workspace-api.md section 6.4].</summary>
/// <param name="Key">What deals name it by, unique; 1 to 64 of a-z, 0-9 and underscores.</param>
/// <param name="Name">For people.</param>
/// <param name="Position">Its place: the lowest is the first.</param>
public sealed partial record DealStage(string Key, string Name, long Position) : Resource, IResource<DealStage, DealStageDraft>
{
    /// <inheritdoc/>
    public static Kind Kind => new("deal_stage", "stage");

    /// <inheritdoc/>
    public static Facet<DealStage>[] Facets { get; } =
        [ByExternalId<DealStage>(), new("key", stage => stage.Key, Unique: true), new("position", stage => stage.Position, FacetType.Integer)];

    /// <inheritdoc/>
    public static Func<DealStage, string?>[] Search { get; } = [stage => stage.Key, stage => stage.Name];

    /// <summary>The stages every workspace begins with.</summary>
    public static IReadOnlyList<DealStage> BuiltIn { get; } =
    [
        new("qualified", "Qualified", 100), new("proposal", "Proposal", 200), new("negotiation", "Negotiation", 300), new("won", "Won", 400),
        new("lost", "Lost", 500),
    ];

    /// <inheritdoc/>
    public static Outcome<DealStage> Create(DealStageDraft draft, Act act) => new DealStage("", "", 0).Change(draft, act);

    /// <inheritdoc/>
    public Outcome<DealStage> Change(DealStageDraft draft, Act act)
    {
        var read = new Reading();
        var key = read.Required(draft.Key, Key, Limits.StepIdLength);
        if (Key.Length > 0 && key != Key)
        {
            read.Refuse(nameof(Key), "Deals name a stage by its key, so it stays for good; make a new stage instead.");
        }
        else if (!KeyForm().IsMatch(key))
        {
            read.Refuse(nameof(Key), "A key has 1 to 64 of a-z, 0-9 and underscores.");
        }

        var name = read.Text(draft.Name, Name);
        return read.Into(
            this with { Key = key, Name = string.IsNullOrEmpty(name) ? key : name, Position = read.Whole(draft.Position, Position) ?? 0 }, draft, act);
    }

    [GeneratedRegex("^[a-z0-9_]{1,64}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex KeyForm();
}

/// <summary>A deal stage. Key: <c>workspace/stage_…</c>.</summary>
public interface IDealStageGrain : IResourceGrain<DealStage, DealStageDraft>;

/// <summary>The shell of a deal stage.</summary>
public sealed class DealStageGrain(IStore store, IDirectory directory, TimeProvider clock)
    : ResourceGrain<DealStage, DealStageDraft>(store, clock), IDealStageGrain
{
    /// <summary>Makes a stage, after those every workspace begins with: a key of theirs is taken.</summary>
    public override async Task<Outcome<Stored<DealStage>>> Create(DealStageDraft draft, Caller by)
    {
        var full = Failure.Invalid(nameof(DealStage.Key), $"A workspace has at most {Limits.DealStages} stages.");
        await GrainFactory.GetGrain<IDealPipelineGrain>(DealPipeline.Key(Key.Workspace)).Open();
        return await directory.Count(DealStage.Kind, Key.Workspace, new()) < Limits.DealStages
            ? await base.Create(draft, by)
            : await Once.Settle<Stored<DealStage>>(Store, by, full);
    }
}
