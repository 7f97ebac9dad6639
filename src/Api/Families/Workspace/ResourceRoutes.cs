using Troupe.Api.Auth;
using Troupe.Api.OpenApi;

namespace Troupe.Api.Families.Workspace;

/// <summary>The routes every resource has: one line of the route table each.</summary>
internal static class ResourceRoutes
{
    /// <summary>Create, list, read, change, delete and bulk.</summary>
    /// <typeparam name="TGrain">The resource's grain.</typeparam>
    /// <typeparam name="T">The resource.</typeparam>
    /// <typeparam name="TDraft">Its draft.</typeparam>
    /// <param name="family">The family.</param>
    /// <param name="path">Path of the collection.</param>
    /// <param name="area">The area of the scopes: <c>crm</c> for <c>crm:read</c> and <c>crm:write</c>.</param>
    public static void MapResource<TGrain, T, TDraft>(this Family family, string path, string area)
        where TGrain : IResourceGrain<T, TDraft> where T : Resource, IResource<T, TDraft> where TDraft : Draft
    {
        family.MapRecord<TGrain, T, TDraft>(path, area);
        family.Get(path, $"{area}:read", (ListQuery<T> query, KeyCaller by, IDirectory directory, CancellationToken cancel) =>
            query.List(directory, by, cancel)).Filtered<T>();
    }

    /// <summary>All of <see cref="MapResource"/> but the list, for a resource whose list has an order of its own.</summary>
    public static void MapRecord<TGrain, T, TDraft>(this Family family, string path, string area)
        where TGrain : IResourceGrain<T, TDraft> where T : Resource, IResource<T, TDraft> where TDraft : Draft
    {
        var (read, write, one) = ($"{area}:read", $"{area}:write", path + "/{id}");

        family.Post(path, write, (Write<TDraft> write, IGrainFactory grains, TimeProvider clock) =>
            write.Then((draft, by) => grains.Of<TGrain>(by, Id.New(T.Kind, clock.GetUtcNow())).Create(draft, by).Shown(by))).Created();

        family.Get(one, read, (string id, KeyCaller by, IGrainFactory grains) => grains.Of<TGrain>(by.Caller, id).Read().Shown(by.Caller));

        family.Patch(one, write, (string id, Write<TDraft> write, IGrainFactory grains) =>
            write.Then((draft, by) => grains.Of<TGrain>(by, id).Change(draft, by).Shown(by)));

        family.Delete(one, write, (string id, Write write, IGrainFactory grains) => write.Then(by => grains.Of<TGrain>(by, id).Delete(by).Shown(by)));

        family.Post(path + "/bulk", write, (Write<BulkDraft> write, Bulk bulk) => write.Then(bulk.Upsert<TGrain, T, TDraft>))
            .Named($"upsert{typeof(T).Name}Bulk");
    }

    /// <summary>Describes the filters of a list.</summary>
    public static void Filtered<T>(this RouteHandlerBuilder list) where T : class, IRecord<T>
    {
        foreach (var (name, meaning) in ListQuery<T>.Parameters)
        {
            list.Query(name, meaning);
        }
    }

    /// <summary>The grain of a record of the caller's workspace.</summary>
    public static TGrain Of<TGrain>(this IGrainFactory grains, Caller by, string id) where TGrain : IGrainWithStringKey =>
        grains.GetGrain<TGrain>(new GrainKey(by.Workspace, id).ToString());

    /// <summary>The record as it is shown.</summary>
    public static async Task<Outcome<Owned<T>>> Shown<T>(this Task<Outcome<Stored<T>>> record, Caller by) =>
        (await record).Map(stored => new Owned<T>(stored, by.Workspace));
}
