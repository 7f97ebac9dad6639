namespace Troupe.Crm;

/// <summary>That a workspace has its built-in stages. From then on they are stages like any other, which may be renamed, moved and deleted.</summary>
/// <param name="OpenedAt">When they were made.</param>
public sealed record DealPipeline(DateTimeOffset OpenedAt) : IRecord<DealPipeline>
{
    /// <inheritdoc/>
    public static Kind Kind => new("deal_pipeline", "");

    /// <inheritdoc/>
    public static Facet<DealPipeline>[] Facets => [];

    /// <inheritdoc/>
    public static Func<DealPipeline, string?>[] Search => [];

    /// <summary>The key of a workspace's pipeline.</summary>
    public static string Key(string workspace) => new GrainKey(workspace, "pipeline").ToString();

    /// <summary>The stage that a deal names by key, or the first one when it names none.</summary>
    /// <param name="directory">Where stages are looked up.</param>
    /// <param name="pipeline">Made when the stage is not found: perhaps nobody asked for stages before.</param>
    /// <param name="workspace">The workspace.</param>
    /// <param name="key">The key; null for the first stage.</param>
    /// <param name="field">The member that names it, for the refusal.</param>
    public static async Task<Outcome<string>> Stage(IDirectory directory, IDealPipelineGrain pipeline, string workspace, string? key, string field)
    {
        var query = key is null ? new Query { By = "position", Limit = 1 } : new Query { Filters = [new("key", Test.Equal, key)], Limit = 1 };
        for (var isOpen = false; ; isOpen = true)
        {
            var page = await directory.List<DealStage>(workspace, query);
            if (page.Items.Count > 0)
            {
                return page.Items[0].Value.Key;
            }

            if (isOpen)
            {
                return Failure.Invalid(field, "There is no such deal stage.");
            }

            await pipeline.Open();
        }
    }
}

/// <summary>The deal stages of a workspace. Key: <c>workspace/pipeline</c>.</summary>
public interface IDealPipelineGrain : IGrainWithStringKey
{
    /// <summary>Makes the built-in stages, once.</summary>
    Task Open();
}

/// <summary>The shell of a pipeline.</summary>
public sealed class DealPipelineGrain(IStore store, TimeProvider clock) : RecordGrain<DealPipeline>(store, clock), IDealPipelineGrain
{
    private static readonly Caller Itself = new(GrainKey.System, "system");

    /// <inheritdoc/>
    public async Task Open()
    {
        await EnsureLoaded();
        if (State is null)
        {
            await Found(() => new DealPipeline(Clock.GetUtcNow()), Itself, (next, change) => Stages(change, next.UpdatedAt));
        }
    }

    private static Change Stages(Change change, DateTimeOffset now) =>
        DealStage.BuiltIn.Aggregate(change, (all, stage) => all.Bear(Id.New(DealStage.Kind, now), stage, now)) with { Events = [] };

    /// <summary>A workspace that gets what it always had is no news.</summary>
    protected override IReadOnlyList<Event> Events(Stored<DealPipeline> next, string verb, ReadOnlyMemory<byte> body) => [];
}
