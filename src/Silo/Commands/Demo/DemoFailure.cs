namespace Troupe.Silo.Commands.Demo;

/// <summary>Something in the demo was not as it should be; the message says what.</summary>
internal sealed class DemoFailure(string message) : Exception(message);
