namespace Troupe.Tests;

/// <summary>The commands of docs/start.md.</summary>
public sealed class StartPageTests
{
    [Fact]
    public async Task Every_command_of_the_page_works()
    {
        await using var server = await TestServer.Start();
        var page = new DocPage("docs/start.md");
        Assert.Contains("$HERE/api/v1/public/trigger", page.Commands, StringComparison.Ordinal);
        var output = string.Concat((await page.Run(server)).Select(block => block.Printed));

        Assert.Contains("\"inserted\":9358", output, StringComparison.Ordinal);
        Assert.Contains("{\"ok\":true,\"inserted\":1}", output, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"completed\"", output, StringComparison.Ordinal);
        Assert.Contains("\"completed\":9359", output, StringComparison.Ordinal);
        Assert.Contains("goes to the German desk", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"error\":{", output, StringComparison.Ordinal);
    }
}
