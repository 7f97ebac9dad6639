using System.Text;
using Troupe.Tests;

namespace Troupe.Silo;

/// <summary>Bodies are read strictly, and every complaint says where.</summary>
public sealed class BodyTests(ProbeServer probe) : IClassFixture<ProbeServer>
{
    [Theory]
    [InlineData("""{"name": "x", "name": "y"}""", "name", "This property stands here twice.")]
    [InlineData("""{"nome": "x"}""", "nome", "Unknown property.")]
    [InlineData("""{"name": 5}""", "name", "The value does not have the type of this field.")]
    [InlineData("""{"count": "5"}""", "count", "The value does not have the type of this field.")]
    [InlineData("""{"count": 99999999999999999999}""", "count", "The value does not have the type of this field.")]
    [InlineData("""{"count": 1.5}""", "count", "The value does not have the type of this field.")]
    [InlineData("""{"parts": [{"label": "a"}, {"label": []}]}""", "parts[1].label", "The value does not have the type of this field.")]
    [InlineData("""{"parts": [{"Label": "a"}]}""", "parts[0].Label", "Unknown property.")]
    [InlineData("""{"colour": "green"}""", "colour", "One of: red, dark_blue.")]
    [InlineData("""{"colour": 1}""", "colour", "One of: red, dark_blue.")]
    [InlineData("[]", "body", "The value does not have the type of this field.")]
    [InlineData("7", "body", "The value does not have the type of this field.")]
    public async Task A_value_out_of_place_is_named(string body, string field, string message)
    {
        var (status, answer) = await probe.All.Try(HttpMethod.Post, "/api/v1/probe", body);
        Assert.Equal(422, (int)status);
        var error = answer["error"]!["field_errors"]![0]!;
        Assert.Equal((field, message), (error["field"]!.ToString(), error["message"]!.ToString()));

        (status, answer) = await probe.All.Try(HttpMethod.Post, "/api/v1/public/probe", body);
        Assert.Equal(400, (int)status);
        Assert.Equal("VALIDATION_FAILED", answer["errorCode"]!.ToString());
        Assert.Equal(field, answer["fieldErrors"]![0]!["field"]!.ToString());
    }

    [Theory]
    [InlineData("", "The body is empty; send a JSON object.")]
    [InlineData("null", "The body is null; send a JSON object.")]
    [InlineData("{", "The body is not valid JSON: line 1, byte 2.")]
    [InlineData("{\"name\": \"x\",}", "The body is not valid JSON: line 1, byte 14.")]
    [InlineData("{} {}", "The body is not valid JSON: line 1, byte 4.")]
    [InlineData("{\n// why\n}", "The body is not valid JSON: line 2, byte 1.")]
    [InlineData("{'name': 1}", "The body is not valid JSON: line 1, byte 2.")]
    [InlineData("{\"count\": NaN}", "The body is not valid JSON: line 1, byte 11.")]
    public async Task What_is_not_JSON_is_400_and_names_the_place(string body, string message)
    {
        var (status, answer) = await probe.All.Try(HttpMethod.Post, "/api/v1/probe", body);
        Assert.Equal(400, (int)status);
        Assert.Equal("validation_failed", answer["error"]!["code"]!.ToString());
        Assert.Equal(message, answer["error"]!["message"]!.ToString());
    }

    [Fact]
    public async Task Invalid_UTF8_and_deep_nesting_are_400()
    {
        byte[] latin = [.. "{\"name\": \""u8, 0xE9, .. "\"}"u8];
        var (status, answer) = await probe.All.Try(HttpMethod.Post, "/api/v1/probe", latin);
        Assert.Equal(400, (int)status);
        Assert.Equal("The body is not valid UTF-8.", answer["error"]!["message"]!.ToString());

        var deep = string.Concat(Enumerable.Repeat("[", Limits.JsonDepth)) + string.Concat(Enumerable.Repeat("]", Limits.JsonDepth));
        (status, answer) = await probe.All.Try(HttpMethod.Post, "/api/v1/probe", $$"""{"parts": {{deep}}}""");
        Assert.Equal(400, (int)status);
        Assert.Equal("The body is nested deeper than 32 levels.", answer["error"]!["message"]!.ToString());
    }

    [Fact]
    public async Task A_good_body_comes_back_in_the_familys_spelling_with_the_routes_status()
    {
        byte[] marked = [.. Encoding.UTF8.Preamble, .. """{"name": "Ünï", "count": 3, "parts": [{"label": null}], "colour": "dark_blue"}"""u8];
        var (status, answer) = await probe.All.Try(HttpMethod.Post, "/api/v1/probe", marked);
        Assert.Equal(201, (int)status);
        Assert.Equal("""{"name":"Ünï","count":3,"parts":[{"label":null}],"colour":"dark_blue"}""",
            answer["data"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

        (status, _) = await probe.All.Try(HttpMethod.Post, "/api/v1/probe/accepted", marked);
        Assert.Equal(202, (int)status);

        (status, answer) = await probe.All.Try(HttpMethod.Post, "/api/v1/public/probe", """{"colour": "darkBlue"}""");
        Assert.Equal(200, (int)status);
        Assert.True((bool)answer["ok"]!);
        Assert.Equal("darkBlue", answer["colour"]!.ToString());
    }

    [Fact]
    public async Task A_raw_route_reads_by_itself_and_answers_in_the_envelope()
    {
        var (status, answer) = await probe.IngestOnly.Try(HttpMethod.Post, "/api/v1/public/probe/raw", "12345");
        Assert.Equal(201, (int)status);
        Assert.Equal($$"""{"ok":true,"label":"{{probe.Workspace}} 5"}""", answer.ToJsonString());
    }
}
