using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Troupe.Api.Families;

namespace Troupe.Tests;

/// <summary>A route of the running application, with what a good request to it looks like.</summary>
public sealed partial record WalkedRoute(string Method, string Path, Access Access, bool TakesJson, bool IsList, bool IsKeyed, int LongestPage)
{
    /// <summary>Every route that belongs to a family.</summary>
    public static IReadOnlyList<WalkedRoute> All(EndpointDataSource endpoints) =>
    [
        .. from endpoint in endpoints.Endpoints.OfType<RouteEndpoint>()
           let access = endpoint.Metadata.GetMetadata<Access>()
           where access is not null
           let parameters = endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? []
           from method in endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
           let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
           let page = endpoint.Metadata.GetMetadata<PageRules>() ?? access.Family.Accent.Pages
           select new WalkedRoute(
               method, path, access, RequestBodies.IsJson($"{method} {path}"), parameters.Any(p => Is(p, typeof(PageQuery), typeof(ListQuery<>))),
               parameters.Any(p => Is(p, typeof(Write), typeof(Write<>))), page.Max),
    ];

    private static bool Is(ParameterInfo parameter, params Type[] types) =>
        types.Contains(parameter.ParameterType.IsGenericType ? parameter.ParameterType.GetGenericTypeDefinition() : parameter.ParameterType);

    /// <summary>Whether the path names something.</summary>
    public bool NamesSomething => Path.Contains('{');

    /// <summary>The status of a refused page size: the workspace contract has 422 for what it can read and not accept.</summary>
    public HttpStatusCode Refused =>
        Access.Family.Accent.StatusOf(Failure.Invalid("limit", "too large")) == 422 ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.BadRequest;

    /// <summary>A request to it.</summary>
    /// <param name="ids">Ids for the parameters of the path and for the body.</param>
    /// <param name="query">Query with its question mark.</param>
    /// <param name="body">A body other than a good one.</param>
    public HttpRequestMessage Request(WalkedIds ids, string query = "", string? body = null)
    {
        var path = Parameter().Replace(Path, match => Uri.EscapeDataString(ids.For(Path, match.Groups["name"].Value)));
        var (type, good) = RequestBodies.For($"{Method} {Path}", ids);
        var request = new HttpRequestMessage(new HttpMethod(Method), path + query);
        if ((body ?? good) is { } text)
        {
            request.Content = new StringContent(text, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        }

        return request;
    }

    /// <summary>What is wrong with an answer that should be a refusal in the family's shape; null when nothing is.</summary>
    public string? Complaint(HttpStatusCode expected, HttpStatusCode status, string text)
    {
        if (status != expected)
        {
            return $"{Method} {Path}: {(int)status} instead of {(int)expected}: {text}";
        }

        var json = JsonNode.Parse(text)!;
        string[] members = Access.Family.Accent.Prefix == "/api/v1/public" ? ["error", "message", "errorCode"] : ["code", "message", "request_id", "docs_url"];
        var error = members.Length == 3 ? json : json["error"];
        return Array.TrueForAll(members, m => error?[m]?.GetValue<string>().Length > 0) ? null : $"{Method} {Path}: not in the family's shape: {text}";
    }

    public override string ToString() => $"{Method} {Path}";

    [GeneratedRegex(@"\{(?<name>\w+)[^}]*\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();
}
