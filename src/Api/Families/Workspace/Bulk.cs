using System.Text.Json;
using System.Text.Json.Serialization;

namespace Troupe.Api.Families.Workspace;

/// <summary>Many records in one request.</summary>
public sealed record BulkDraft : Keyed
{
    /// <summary>1 to <see cref="Limits.BulkItems"/> drafts. Each is read by itself, so that one that cannot be read does not stop the others.</summary>
    public IReadOnlyList<JsonElement> Items { get; init; } = [];
}

/// <summary>What became of an item.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Status"><c>created</c>, <c>updated</c> or <c>failed</c>.</param>
/// <param name="Id">The record's id; null when it failed.</param>
/// <param name="Data">The record after the change.</param>
/// <param name="Error">Why it failed.</param>
public sealed record BulkItem<T>(int Index, string Status, string? Id, Owned<T>? Data, BulkError? Error);

/// <summary>Why an item failed, as in the error of a single request.</summary>
/// <param name="Code">The code.</param>
/// <param name="Message">One sentence.</param>
/// <param name="FieldErrors">The refused members of the item.</param>
public sealed record BulkError(
    string Code, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? FieldErrors)
{
    /// <summary>A refusal as it is shown.</summary>
    public static BulkError Of(Failure failure, Accent accent) => new(
        failure.Code, failure.Message,
        failure.Fields.Count == 0 ? null : [.. failure.Fields.Select(field => new FieldError(accent.Path(field.Field), field.Message))]);
}

/// <summary>Creates and changes many records of a kind: each by its grain and in its own commit, which the store gathers. An item with an id changes that
/// record; one with an external id changes the record that has it, or creates it; any other creates one. Items that mean the same record take effect in
/// their order.</summary>
public sealed class Bulk(IGrainFactory grains, IDirectory directory, IStore store, TimeProvider clock)
{
    private const string Created = "created";
    private const string Updated = "updated";
    private const string Failed = "failed";
    private static readonly Accent Accent = WorkspaceFamily.Accent;

    /// <summary>Carries the items out. The whole is refused when it is empty or too long, or its idempotency key was used for another request; repeated with
    /// its key it answers for each item what it answered before, and goes on where it was cut off.</summary>
    public async Task<Outcome<IReadOnlyList<BulkItem<T>>>> Upsert<TGrain, T, TDraft>(BulkDraft bulk, Caller by)
        where TGrain : IResourceGrain<T, TDraft> where T : Resource, IResource<T, TDraft> where TDraft : Draft
    {
        if (bulk.Items.Count is 0 or > Limits.BulkItems)
        {
            return Failure.Invalid(nameof(bulk.Items), $"1 to {Limits.BulkItems:N0} items.");
        }

        var isNew = await Once.Claim(store, by, clock.GetUtcNow());
        if (!isNew.Ok)
        {
            return isNew.Failure;
        }

        var results = isNew.Value ? new BulkItem<T>?[bulk.Items.Count] : await Answered<T>(by, bulk.Items.Count);
        var drafts = bulk.Items.Select(item => BodyReading.Parse<TDraft>(JsonSerializer.SerializeToUtf8Bytes(item), Accent.Json));
        var groups = drafts.Index().Where(item => results[item.Index] is null).GroupBy(item => Meant(item.Item.Value) ?? $"#{item.Index}");
        await Parallel.ForEachAsync(groups, new ParallelOptions { MaxDegreeOfParallelism = Limits.BulkInFlight }, async (group, _) =>
        {
            foreach (var (index, draft) in group)
            {
                results[index] = draft.Ok ? await Upsert<TGrain, T, TDraft>(index, draft.Value, by) : Refused<T>(index, draft.Failure);
            }
        });
        return results!;
    }

    private static string? Meant(Draft? draft) => draft?.Id ?? draft?.ExternalId.Value;

    private static Caller For(Caller by, int index, string status) => by with { Key = by.Key is null ? null : $"{by.Key}/{index}/{status}" };

    private static BulkItem<T> Refused<T>(int index, Failure failure) => new(index, Failed, null, null, BulkError.Of(failure, Accent));

    private static BulkItem<T> Done<T>(int index, string status, Stored<T> record, Caller by) =>
        new(index, status, record.Id, new(record, by.Workspace), null);

    /// <summary>What the items of a repeated bulk were answered before; null for those that were not, or were refused.</summary>
    private async Task<BulkItem<T>?[]> Answered<T>(Caller by, int count)
    {
        var results = new BulkItem<T>?[count];
        foreach (var status in (string[])[Created, Updated])
        {
            var keys = Enumerable.Range(0, count).ToDictionary(index => For(by, index, status).Key!);
            foreach (var answer in await store.Answers(by.Workspace, by.Operation, [.. keys.Keys]))
            {
                results[keys[answer.Key]] = Done(keys[answer.Key], status, Json.Read<Stored<T>>(answer.Body.Span), by);
            }
        }

        return results;
    }

    private async Task<BulkItem<T>> Upsert<TGrain, T, TDraft>(int index, TDraft draft, Caller by)
        where TGrain : IResourceGrain<T, TDraft> where T : Resource, IResource<T, TDraft> where TDraft : Draft
    {
        var id = draft.Id ?? await Find<T>(draft.ExternalId.Value, by);
        if (id is null)
        {
            var made = await grains.Of<TGrain>(by, Id.New(T.Kind, clock.GetUtcNow())).Create(draft, For(by, index, Created));
            id = made.Ok ? null : await Find<T>(draft.ExternalId.Value, by); // somebody else may have created it in the meantime
            if (id is null)
            {
                return made.Ok ? Done(index, Created, made.Value, by) : Refused<T>(index, made.Failure);
            }
        }

        var changed = await grains.Of<TGrain>(by, id).Change(draft with { Id = null }, For(by, index, Updated));
        return changed.Ok ? Done(index, Updated, changed.Value, by) : Refused<T>(index, changed.Failure);
    }

    private async Task<string?> Find<T>(string? externalId, Caller by) where T : Resource, IRecord<T>
    {
        if (externalId is null)
        {
            return null;
        }

        var page = await directory.List(T.Kind, by.Workspace, new() { Filters = [new("external_id", Test.Equal, externalId.Trim())], Limit = 1 });
        return page.Items.Count == 0 ? null : page.Items[0].Id;
    }
}
