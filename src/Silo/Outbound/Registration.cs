using Microsoft.Extensions.DependencyInjection.Extensions;
using Troupe.Silo.Options;
using Troupe.Silo.Outbound.Ai;
using Troupe.Silo.Outbound.Smtp;
using Troupe.Spinners;

namespace Troupe.Silo.Outbound;

/// <summary>Puts the outside behind the ports of spinners.</summary>
public static class Registration
{
    /// <summary>Registers the guard, the HTTP sender and <see cref="IStepPorts"/>, unless they are there.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="settings">Checked settings (<see cref="OutboundReader"/>).</param>
    public static IServiceCollection AddOutbound(this IServiceCollection services, OutboundSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new Guard([.. settings.Allow.Select(entry => AllowEntry.Parse(entry)!)]));
        services.TryAddSingleton(provider => new HttpSender(provider.GetRequiredService<Guard>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IStepPorts>(provider =>
        {
            var (clock, http) = (provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<HttpSender>());
            var mail = settings.Smtp is { } smtp ? new SmtpSender(smtp, provider.GetRequiredService<Guard>(), clock) : null;
            ILanguageModel? model = settings.Ai is not { } ai ? null : ai.Provider == "mock" ? new MockModel() : new ChatModel(ai, http);
            return new OutboundPorts(clock, http, mail, model);
        });
        return services;
    }
}
