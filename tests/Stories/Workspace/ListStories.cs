namespace Troupe.Tests.Workspaces;

/// <summary>Lists: filters, text, pages.</summary>
public sealed class ListStories(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Contacts_are_found_by_text_company_custom_field_and_time()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var company = await desk.Id("companies", """{"name": "Kite", "website": "https://kite.example", "notes": "flies"}""");
        var first = await desk.Make(
            "contacts", $$"""{"name": "One", "email": "ada@x.example", "company_id": "{{company}}", "custom_fields": {"tier": "gold", "n": 1} }""");
        await desk.Make("contacts", """{"name": "Two", "company_name": "Kite Works", "custom_fields": {"tier": "gold", "n": 1.0, "ok": true}}""");
        await desk.Make("contacts", """{"name": "Three", "notes": "likes KITES", "custom_fields": {"tier": {"gold": 1}}}""");

        Assert.Equal("Three Two One", await desk.List("contacts"));
        Assert.Equal("Three Two", await desk.List("contacts?query=kite"));
        Assert.Equal("One", await desk.List("contacts?query=ADA@"));
        Assert.Equal("Two", await desk.List("contacts?query=tw"));
        Assert.Equal("One", await desk.List($"contacts?company_id={company}"));
        Assert.Equal("One", await desk.List($"contacts?company_id={company}&query=one"));
        Assert.Equal("", await desk.List($"contacts?company_id={company}&query=two"));
        Assert.Equal("Two One", await desk.List("contacts?custom_field_key=tier&custom_field_value=gold"));
        Assert.Equal("One", await desk.List("contacts?custom_field_key=n&custom_field_value=1"));
        Assert.Equal("Two", await desk.List("contacts?custom_field_key=ok&custom_field_value=true"));
        Assert.Equal("Two", await desk.List("contacts?custom_field_key=tier&custom_field_value=gold&query=works"));
        Assert.Equal("Kite", await desk.List("companies?query=flies"));
        Assert.Equal("Three Two", await desk.List($"contacts?updated_after={Uri.EscapeDataString((string)first["updated_at"]!)}"));
        await desk.Send("PATCH", $"contacts/{first["id"]}", """{"custom_fields": {"tier": "silver"}}""");
        Assert.Equal("Two", await desk.List("contacts?custom_field_key=tier&custom_field_value=gold"));
        Assert.Equal("One", await desk.List("contacts?custom_field_key=tier&custom_field_value=silver"));
        await desk.Send("DELETE", $"contacts/{first["id"]}");
        Assert.Equal("", await desk.List("contacts?custom_field_key=tier&custom_field_value=silver"));
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?cursor=nonsense", "cursor")]
    [InlineData("?company=com_1", "company")]
    [InlineData("?custom_field_key=a", "custom_field_value")]
    [InlineData("?custom_field_value=a", "custom_field_key")]
    [InlineData("?updated_after=yesterday", "updated_after")]
    [InlineData("?external_id=%00", "external_id")]
    public async Task A_bad_parameter_is_refused(string query, string field)
    {
        var desk = await CrmDesk.Open(shared.Server);
        Assert.Equal($"422 validation_failed {field}", await desk.Refusal("GET", $"contacts{query}"));
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_list_and_filters_only()
    {
        var desk = await CrmDesk.Open(shared.Server);
        for (var i = 0; i < 3; i++)
        {
            await desk.Make("contacts", $$"""{"name": "C{{i}}"}""");
        }

        var cursor = (string)(await desk.Http.GetJson("/api/v1/contacts?limit=1"))["next_cursor"]!;
        Assert.Equal(200, (await desk.Send("GET", $"contacts?limit=2&cursor={cursor}")).Status);
        Assert.Equal("422 validation_failed cursor", await desk.Refusal("GET", $"contacts?query=c&cursor={cursor}"));
        Assert.Equal("422 validation_failed cursor", await desk.Refusal("GET", $"companies?cursor={cursor}"));
    }

    [Fact]
    public async Task Walking_a_list_while_others_insert_skips_and_repeats_nothing()
    {
        var desk = await CrmDesk.Open(shared.Server);
        var items = string.Join(',', Enumerable.Range(0, 300).Select(i => $$"""{"name": "N{{i}}"}"""));
        await desk.Send("POST", "contacts/bulk", $$"""{"items": [{{items}}]}""");
        using var done = new CancellationTokenSource();
        var inserting = Task.Run(async () =>
        {
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                await desk.Make("contacts", $$"""{"name": "late{{i}}"}""");
            }
        });
        var seen = (await desk.List("contacts")).Split(' ');
        await done.CancelAsync();
        await inserting;
        Assert.Equal(seen.Length, seen.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"N{i}").Order(), seen.Where(name => name[0] == 'N').Order());
    }
}
