using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Troupe.Api.Auth;
using Troupe.Api.Families;
using Troupe.Api.Families.Ingest;
using Troupe.Api.Families.Workspace;
using Troupe.Runtime;

namespace Troupe.Silo;

/// <summary>Routes of the tests' own in each family, so that the foundation is tested apart from what is built on it.</summary>
internal static class Probe
{
    public sealed record Draft(string? Name, int? Count, IReadOnlyList<Part>? Parts, Colour? Colour);

    public sealed record Part(string? Label);

    public enum Colour
    {
        Red,
        DarkBlue,
    }

    public sealed record Echo(string Workspace, string KeyId, string Actor);

    /// <summary>Work that a test lets end.</summary>
    public sealed class SlowWork
    {
        public TaskCompletionSource Begun { get; } = new();

        public TaskCompletionSource MayEnd { get; } = new();

        public async Task<Outcome<Done>> Run()
        {
            Begun.SetResult();
            await MayEnd.Task;
            return Done.Value;
        }
    }

    public static void Routes(WebApplication app)
    {
        var workspace = new Family(app, WorkspaceFamily.Accent, Credential.ApiKey);
        workspace.Get("/probe", "tables:read", (KeyCaller by) => Outcome(new Echo(by.Workspace, by.KeyId, by.Caller.Actor)));
        workspace.Post("/probe", "tables:write", (KeyCaller by, Body<Draft> body) => body.Value).Created();
        workspace.Post("/probe/accepted", "", (Body<Draft> body) => body.Value).Accepted();
        workspace.Get("/probe/any", "bi:read jobs:read", () => Outcome(Done.Value));
        workspace.Get("/probe/crm", "crm:read", () => Outcome(Done.Value));
        workspace.Get("/probe/list", "", (PageQuery page) => page.Value.Map(query => Numbers(query, 250)));
        workspace.Get("/probe/long", "", (PageQuery page) => page.Value.Map(query => Numbers(query, 250))).Pages(max: 1_000);
        workspace.Get("/probe/refuse/{kind}", "", (Kernel.Refusal kind) => Refuse(kind));
        workspace.Get("/probe/throw/{what}", "", Throw);
        workspace.Get("/probe/slow", "", async ([FromServices] SlowWork work) => await work.Run());

        var ingest = new Family(app, IngestFamily.Accent, Credential.ApiKey);
        ingest.Post("/probe", "ingest", (KeyCaller by, Body<Draft> body) => body.Value);
        ingest.Get("/probe/open/{secret}", Family.Open, (string secret) => Outcome(new Part(secret)));
        ingest.Get("/probe/refuse/{kind}", "ingest", (Kernel.Refusal kind) => Refuse(kind));
        ingest.Raw("POST", "/probe/raw", "ingest", async context =>
        {
            using var text = new StreamReader(context.Request.Body, Encoding.UTF8);
            var length = (await text.ReadToEndAsync()).Length;
            await context.Answer(Outcome(new Part($"{context.Caller().Workspace} {length}")), StatusCodes.Status201Created);
        });
    }

    private static Outcome<T> Outcome<T>(T value) => value;

    private static Outcome<Done> Refuse(Kernel.Refusal kind) =>
        new Failure(kind, "probe_refused",
            "Because.")
        { Fields = kind == Kernel.Refusal.Invalid ? [new("TableId", "No."), new("Steps[2].MaxWait", "No.")] : [] }
            .With("retry_after_seconds", 7).With("expected", new[] { "a", "b" });

    private static Page<int> Numbers(Query query, int count)
    {
        var first = int.Parse(query.After ?? "0", System.Globalization.CultureInfo.InvariantCulture) + 1;
        var items = Enumerable.Range(first, Math.Min(query.Limit, count - first + 1)).ToArray();
        return new(items, items[^1] == count ? null : items[^1].ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static Outcome<Done> Throw(string what) => throw what switch
    {
        "bug" => new UnreachableException("the secret is in the log only"),
        "late" => new TimeoutException("late"),
        "full" => new LimitExceededException("full"),
        "store" => new StoreException("disk full at /dev/secret"),
        _ => new SiloUnavailableException("stopping"),
    };
}
