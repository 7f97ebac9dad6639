using Troupe.Identity;
using Troupe.Tables;

namespace Troupe.Tests.Tables;

public class DataTableGrainTests
{
    [Fact]
    public async Task A_table_is_made_read_changed_and_deleted_and_each_is_an_event()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("name", "phone");

        var changed = await host.Table(id).Change(new("Leads", MetadataFields: ["phone"]), TableHost.By);
        Assert.Equal(("Leads", 2L), (changed.Value!.Value.Name, changed.Value.Version));
        Assert.Equal(["phone"], (await host.Source(id).Snapshot()).Value!.MetadataFields);
        await host.Restart();
        Assert.Equal("Leads", (await host.Table(id).Read()).Value!.Value.Name);

        Assert.True((await host.Table(id).Delete(TableHost.By)).Ok);
        Assert.Equal("resource_not_found", (await host.Table(id).Read()).Failure?.Code);
        Assert.Equal(Refusal.Missing, (await host.Table(id).Ingest(TableHost.Batch("x"))).Failure?.Kind);
        Assert.Equal(Refusal.Missing, (await host.Source(id).Snapshot()).Failure?.Kind);
        Assert.Equal(
            ["data_table.created", "data_table.updated", "data_table.deleted"],
            (await host.Events()).Select(e => e.Type).Where(type => type.StartsWith("data_table", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_empty_choice_of_metadata_stands_for_all_columns()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a", "b");
        await host.Table(id).Change(new(MetadataFields: ["b"]), TableHost.By);
        await host.Table(id).Change(new(MetadataFields: []), TableHost.By);

        Assert.Equal(["a", "b"], (await host.Source(id).Snapshot()).Value!.MetadataFields);
    }

    [Fact]
    public async Task A_change_of_columns_or_an_unknown_metadata_field_is_refused()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");

        Assert.Equal("columns", (await host.Table(id).Change(new(Columns: []), TableHost.By)).Failure!.Fields[0].Field);
        Assert.Equal("metadata_fields[1]", (await host.Table(id).Change(new(MetadataFields: ["a", "b"]), TableHost.By)).Failure!.Fields[0].Field);
        Assert.Equal(1, (await host.Table(id).Read()).Value!.Version);
    }

    [Fact]
    public async Task Tables_count_against_the_plan_until_they_are_deleted()
    {
        await using var host = await TableHost.Start(Plan.Trial);
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await host.Make("a"));
        }

        var full = await host.Table(Id.New(DataTable.Kind, host.Clock.GetUtcNow())).Create(new("Sixth"), TableHost.By);
        Assert.Equal(("plan_limit", "Data table limit reached on the trial plan (5/5). Upgrade to continue."), (full.Failure?.Code, full.Failure?.Message));

        await host.Table(ids[0]).Delete(TableHost.By);
        await host.Table(ids[0]).Delete(TableHost.By); // a second time gives nothing back
        await host.Make("a");
        Assert.Equal("plan_limit", (await host.Table(Id.New(DataTable.Kind, host.Clock.GetUtcNow())).Create(new("Seventh"), TableHost.By)).Failure?.Code);
    }

    [Fact]
    public async Task A_refused_draft_gives_back_what_it_took_from_the_plan()
    {
        await using var host = await TableHost.Start(Plan.Trial);
        for (var i = 0; i < 10; i++)
        {
            var made = await host.Table(Id.New(DataTable.Kind, host.Clock.GetUtcNow())).Create(new("", [new("a", "text"), new("a")]), TableHost.By);
            Assert.Equal(["name", "columns[0].type", "columns[1].name"], made.Failure!.Fields.Select(field => field.Field));
        }
    }

    [Fact]
    public async Task A_token_opens_its_table_until_it_is_rotated_or_disabled()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var first = (await host.Table(id).RotateWebhook(TableHost.By)).Value!.Token;
        Assert.True(IngestToken.TryTable(first, out var key));
        Assert.Equal(new GrainKey(TableHost.Workspace, id), key);
        Assert.Equal(1, (await host.Table(id).Enter(IngestToken.Hash(first))).Value!.Schema);

        var second = (await host.Table(id).RotateWebhook(TableHost.By)).Value!.Token;
        Assert.Equal("ingest_webhook_not_found", (await host.Table(id).Enter(IngestToken.Hash(first))).Failure?.Code);
        Assert.Equal("ingest_webhook_not_found",
            (await host.Table(id).Ingest(TableHost.Batch("x") with { TokenHash = IngestToken.Hash(first) })).Failure?.Code);
        Assert.True((await host.Table(id).Ingest(TableHost.Batch("y") with { TokenHash = IngestToken.Hash(second) })).Ok);

        await host.Table(id).DisableWebhook(TableHost.By);
        Assert.Equal("ingest_webhook_not_found", (await host.Table(id).Enter(IngestToken.Hash(second))).Failure?.Code);
        Assert.Equal("[\"y\"]\n", await host.Rows(id));
    }

    [Fact]
    public async Task A_token_is_kept_and_told_nowhere()
    {
        await using var host = await TableHost.Start();
        var id = await host.Make("a");
        var token = (await host.Table(id).RotateWebhook(TableHost.By)).Value!.Token;
        await host.Table(id).Change(new("B"), TableHost.By);

        var stored = System.Text.Encoding.UTF8.GetString((await host.Temp.Store.Load(DataTable.Kind, TableHost.Workspace, id))!.Body.Span);
        Assert.DoesNotContain(token, stored, StringComparison.Ordinal);
        Assert.Contains(IngestToken.Hash(token), stored, StringComparison.Ordinal);
        Assert.All(await host.Events(), e =>
        {
            Assert.DoesNotContain(token, e.Data.GetRawText(), StringComparison.Ordinal);
            Assert.DoesNotContain(IngestToken.Hash(token), e.Data.GetRawText(), StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("x!")]
    [InlineData("AZelsAAAcACAAAAAAAAAAQGXpbAAAHAAgAAAAAAAAAEAAAAAAA+AAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AZelsAAAcACAAAAAAAAAAQGXpbAAAHAAgAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_token_names_no_table(string token) => Assert.False(IngestToken.TryTable(token, out _));

    [Fact]
    public async Task A_token_has_the_rate_limit_of_a_key()
    {
        await using var host = await TableHost.Start(Plan.Trial);
        var id = await host.Make("a");
        var hash = IngestToken.Hash((await host.Table(id).RotateWebhook(TableHost.By)).Value!.Token);

        for (var left = 9; left >= 0; left--)
        {
            Assert.Equal(new RateShare(10, 1, left, 0), (await host.Table(id).Enter(hash)).Value!.Rate);
        }

        Assert.Equal(new RateShare(10, 0, 0, 100), (await host.Table(id).Enter(hash)).Value!.Rate);
        host.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, (await host.Table(id).Enter(hash)).Value!.Rate!.Permits);
    }
}
