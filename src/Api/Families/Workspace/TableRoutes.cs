using Troupe.Api.Auth;
using Troupe.Api.Families.Ingest;
using Troupe.Tables;

namespace Troupe.Api.Families.Workspace;

/// <summary>Data tables and their ingest webhooks.</summary>
internal static class TableRoutes
{
    public static void MapTables(this Family family)
    {
        family.Post("/data-tables", "tables:write", (KeyCaller by, Body<DataTableDraft> body, IGrainFactory grains, TimeProvider clock) =>
            body.Then(draft => View(grains.TableOf(by.Workspace, Id.New(DataTable.Kind, clock.GetUtcNow())).Create(draft, by.Caller)))).Created();

        family.Get("/data-tables", "tables:read", async (KeyCaller by, PageQuery page, IDirectory directory, string? query) =>
            (await page.Matching(query).List<DataTable>(directory, by.Workspace)).Map(tables => tables.Map(TableView.Of)));

        family.Get("/data-tables/{id}", "tables:read", (string id, KeyCaller by, IGrainFactory grains) => View(grains.TableOf(by.Workspace, id).Read()));

        family.Patch("/data-tables/{id}", "tables:write", (string id, KeyCaller by, Body<DataTableDraft> body, IGrainFactory grains) =>
            body.Then(draft => View(grains.TableOf(by.Workspace, id).Change(draft, by.Caller))));

        family.Delete("/data-tables/{id}", "tables:write", (string id, KeyCaller by, IGrainFactory grains) =>
            View(grains.TableOf(by.Workspace, id).Delete(by.Caller)));

        family.Post("/data-tables/{id}/ingest-webhook", "tables:write",
            async (string id, KeyCaller by, IGrainFactory grains, PublicAddress address, HttpRequest request) =>
            (await grains.TableOf(by.Workspace, id).RotateWebhook(by.Caller)).Map(made =>
                new NewWebhook(made.Token, address.Of(request) + IngestFamily.Accent.Prefix + IngestRoutes.TokenPath + made.Token, made.CreatedAt)));

        family.Delete("/data-tables/{id}/ingest-webhook", "tables:write", (string id, KeyCaller by, IGrainFactory grains) =>
            View(grains.TableOf(by.Workspace, id).DisableWebhook(by.Caller)));
    }

    /// <summary>The grain of a table of a workspace; an id in capitals means the same table.</summary>
    public static IDataTableGrain TableOf(this IGrainFactory grains, string workspace, string id) =>
        grains.GetGrain<IDataTableGrain>(new GrainKey(workspace, Guid.TryParseExact(id, "D", out var uuid) ? uuid.ToString("D") : id).ToString());

    private static async Task<Outcome<TableView>> View(Task<Outcome<Stored<DataTable>>> table) => (await table).Map(TableView.Of);
}
