using System.Text;
using Microsoft.AspNetCore.Routing;
using Troupe.Api.Families;
using Troupe.Tests;

namespace Troupe.House;

/// <summary>Every route of the running application stands in one file, so that a change of the contract shows in one diff. <c>make routes</c> rewrites the
/// file.</summary>
public sealed class RouteTests
{
    private const string File = "docs/reference/routes.txt";

    [Fact]
    public async Task The_file_tells_every_route()
    {
        await using var server = await TestServer.Start();
        var now = Write(server.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>());
        var path = Path.Combine(Tree.Root, File);
        if (Environment.GetEnvironmentVariable("TROUPE_WRITE_ROUTES") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await System.IO.File.WriteAllTextAsync(path, now);
        }

        var before = System.IO.File.Exists(path) ? Tree.Text(File).Split('\n') : [];
        var after = now.Split('\n');
        Finding.None(
            before.Except(after).Select(line => new Finding(File, Array.IndexOf(before, line) + 1, "gone: " + line))
                .Concat(after.Except(before).Select(line => new Finding(File, 1, "new: " + line))),
            "route that differs from the file; run 'make routes' and read the difference");
    }

    private static string Write(IEnumerable<RouteEndpoint> endpoints)
    {
        var text = new StringBuilder("# path method family caller scope. Written by `make routes`.\n");
        foreach (var line in endpoints.SelectMany(Lines).Order(StringComparer.Ordinal))
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Lines(RouteEndpoint endpoint)
    {
        var access = endpoint.Metadata.GetMetadata<Access>();
        var family = access?.Family.Accent.GetType().Name.Replace("Accent", "", StringComparison.Ordinal).ToLowerInvariant() ?? "-";
        var caller = access switch
        {
            null or { IsOpen: true } => "anyone",
            { Family.Credential: Credential.AdminToken } => "operator",
            _ => "key",
        };
        var scope = access is null or { AnyOf.Count: 0 } or { IsOpen: true } ? "-" : string.Join('|', access.AnyOf);
        var path = "/" + endpoint.RoutePattern.RawText!.Trim('/');
        return (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"])
            .Select(method => $"{path,-60} {method,-6} {family,-9} {caller,-8} {scope}");
    }
}
