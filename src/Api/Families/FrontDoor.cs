using Microsoft.AspNetCore.Http.Features;
using Troupe.Api.Auth;
using Troupe.Api.Families.Operator;
using Troupe.Api.Operations;

namespace Troupe.Api.Families;

/// <summary>Stands between routing and the handlers: gives each request its id, checks credential, rate limit, module and scope in this order
/// before anything is bound, and puts what the framework or an exception answers into the shape of the family.</summary>
internal sealed partial class FrontDoor(RequestDelegate next, IReadOnlyList<Accent> accents, GrantCache grants, AdminToken admin, UsageCounter usage,
    ILogger<FrontDoor> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var access = context.GetEndpoint()?.Metadata.GetMetadata<Access>();
        var frame = RequestFrame.Enter(context, access?.Family.Accent ?? AccentOf(context.Request.Path));
        var isTooLarge = IsTooLarge(context);
        try
        {
            if (access is { IsOpen: false } && await Refuse(context, access, frame) is { } failure)
            {
                await context.Answer(failure);
                return;
            }

            if (isTooLarge)
            {
                await context.Answer(ErrorCodes.Of(StatusCodes.Status413PayloadTooLarge));
                return;
            }

            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null } bare)
            {
                await context.Answer(ErrorCodes.Of(bare.StatusCode), bare.StatusCode);
            }
        }
        catch (Exception e)
        {
            await Recover(context, e);
        }
    }

    /// <summary>A body that says beforehand that it is too large is refused before it is read, but let run out: a client that is
    /// cut off while it sends never sees the answer.</summary>
    private static bool IsTooLarge(HttpContext context)
    {
        var size = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (size is not { IsReadOnly: false, MaxRequestBodySize: { } most } || !(context.Request.ContentLength > most))
        {
            return false;
        }

        size.MaxRequestBodySize = null; // the server reads on for a few seconds and throws away what comes
        return true;
    }

    private Accent AccentOf(PathString path)
    {
        foreach (var accent in accents)
        {
            if (path.StartsWithSegments(accent.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                return accent;
            }
        }

        return OperatorFamily.Accent;
    }

    private async ValueTask<Failure?> Refuse(HttpContext context, Access access, RequestFrame frame)
    {
        if (access.Family.Credential == Credential.AdminToken)
        {
            return admin.Is(Bearer.Of(context.Request)) ? null : frame.Accent.InvalidKey;
        }

        var admission = await grants.Admit(Bearer.Of(context.Request));
        if (admission.Grant is not { } held)
        {
            return frame.Accent.InvalidKey;
        }

        RateHeaders.Write(context.Response.Headers, held, admission.Limited);
        if (admission.Limited)
        {
            return RateHeaders.Refusal(held.Grant.Rate!);
        }

        usage.Count(held.Grant.Workspace, context.GetEndpoint()!, context.Request.Method);
        if (access.Module is { } module && !held.Grant.Modules.Contains(module))
        {
            return new Failure(Refusal.Forbidden, "module_disabled", $"The module '{module}' is switched off in this workspace.").With("module", module);
        }

        if (!access.IsMet(held.Grant.Scopes))
        {
            return frame.Accent.MissingScope(access.AnyOf[0]);
        }

        frame.Key = new(new(held.Grant.Workspace, held.Actor, frame.RequestId), held.Grant.KeyId, held.Grant.Scopes);
        return null;
    }

    private async Task Recover(HttpContext context, Exception e)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is there to read an answer
        }

        var (failure, status) = e switch
        {
            BadHttpRequestException bad => (ErrorCodes.Of(bad.StatusCode), bad.StatusCode),
            LimitExceededException => (ErrorCodes.Overloaded, StatusCodes.Status503ServiceUnavailable),
            SiloUnavailableException => (ErrorCodes.Lost, StatusCodes.Status503ServiceUnavailable),
            StoreException => (ErrorCodes.StoreDown, StatusCodes.Status503ServiceUnavailable),
            TimeoutException => (ErrorCodes.Late, StatusCodes.Status503ServiceUnavailable),
            _ => (ErrorCodes.Unexpected, StatusCodes.Status500InternalServerError),
        };
        if (status >= 500 && failure != ErrorCodes.Overloaded && failure != ErrorCodes.Lost) // these are counted, not written down at every request
        {
            LogFailed(log, e, context.Request.Method, RouteOf(context), context.Frame().RequestId);
        }

        if (context.Response.HasStarted)
        {
            context.Abort(); // half an answer must not look like a whole one
            return;
        }

        var rate = context.Response.Headers.Where(header => header.Key.StartsWith("RateLimit", StringComparison.Ordinal)).ToArray();
        context.Response.Clear();
        context.Response.Headers["X-Request-Id"] = context.Frame().RequestId;
        foreach (var header in rate)
        {
            context.Response.Headers[header.Key] = header.Value;
        }

        await context.Answer(failure, status);
    }

    /// <summary>The route's pattern: a path may hold a secret, the token of an ingest webhook.</summary>
    private static string RouteOf(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed, request {RequestId}")]
    private static partial void LogFailed(ILogger log, Exception e, string method, string path, string requestId);
}
