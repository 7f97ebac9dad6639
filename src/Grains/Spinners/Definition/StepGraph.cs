namespace Troupe.Spinners;

/// <summary>How the steps of a definition lead to each other.</summary>
internal sealed class StepGraph
{
    private readonly SpinnerDefinition _definition;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<FieldError> _errors = [];
    private readonly List<int>[] _next;
    private readonly bool[] _ends;

    public StepGraph(SpinnerDefinition definition)
    {
        _definition = definition;
        _next = [.. definition.Steps.Select(_ => new List<int>())];
        _ends = new bool[definition.Steps.Count];
    }

    /// <summary>Duplicate ids, unknown targets, steps that can't be reached, loops without a wait, and steps from which no end can be reached.</summary>
    public List<FieldError> Check()
    {
        Number();
        for (var place = 0; place < _next.Length; place++)
        {
            foreach (var (field, target) in Targets(_definition.Steps[place]))
            {
                Link(place, field, target);
            }
        }

        if (!_places.TryGetValue(_definition.Start, out var start))
        {
            _errors.Add(new("start", $"'start' names the step '{_definition.Start}', which does not exist."));
            return _errors;
        }

        var reached = Reach([start], _next);
        CheckReached(reached);
        CheckEnds(reached);
        CheckLoops();
        return _errors;
    }

    /// <summary>Where a step may lead, with the field that says so. A null target ends the record.</summary>
    private static IEnumerable<(string Field, string? Target)> Targets(Step step)
    {
        if (step is DecisionStep decision)
        {
            foreach (var (branch, index) in decision.Branches.Select((b, i) => (b, i)))
            {
                yield return ($"branches[{index}].next", branch.Next);
            }

            yield return ("otherwise", decision.Otherwise);
            yield break;
        }

        yield return ("next", step.Next);
        if (step is OutsideStep { OnError: { } onError })
        {
            yield return ("on_error", onError);
        }
    }

    private void Number()
    {
        for (var place = 0; place < _next.Length; place++)
        {
            if (!_places.TryAdd(_definition.Steps[place].Id, place))
            {
                Error(place, "id", "another step has this id already.");
            }
        }
    }

    private void Link(int place, string field, string? target)
    {
        if (target is not null && _places.TryGetValue(target, out var to))
        {
            _next[place].Add(to);
            return;
        }

        _ends[place] = true; // an unknown target too, so that it is not reported twice
        if (target is not null)
        {
            Error(place, field, $"'{field}' names the step '{target}', which does not exist.");
        }
    }

    private static bool[] Reach(IEnumerable<int> from, List<int>[] edges)
    {
        var reached = new bool[edges.Length];
        var open = new Stack<int>(from);
        while (open.TryPop(out var place))
        {
            if (!reached[place])
            {
                reached[place] = true;
                edges[place].ForEach(open.Push);
            }
        }

        return reached;
    }

    private void CheckReached(bool[] reached)
    {
        for (var place = 0; place < reached.Length; place++)
        {
            // A second step of the same id is unreachable by name; that is reported already.
            if (!reached[place] && _places[_definition.Steps[place].Id] == place)
            {
                Error(place, "", $"it can't be reached from the start step '{_definition.Start}'.");
            }
        }
    }

    private void CheckEnds(bool[] reached)
    {
        var before = _next.Select(_ => new List<int>()).ToArray();
        for (var place = 0; place < _next.Length; place++)
        {
            _next[place].ForEach(to => before[to].Add(place));
        }

        var ending = Reach(Enumerable.Range(0, _ends.Length).Where(place => _ends[place]), before);
        var trapped = Enumerable.Range(0, _ends.Length).Where(place => reached[place] && !ending[place]).Select(place => $"'{_definition.Steps[place].Id}'")
            .ToList();
        if (trapped.Count > 0)
        {
            _errors.Add(new("steps", $"No end can be reached from {string.Join(", ", trapped)}."));
        }
    }

    /// <summary>Looks for loops in the graph without its waits: depth first, a step that is met again on its own path closes one.</summary>
    private void CheckLoops()
    {
        var state = new int[_next.Length]; // 0 new, 1 on the path, 2 done
        var path = new List<int>();
        for (var place = 0; place < _next.Length; place++)
        {
            Visit(place, state, path);
        }
    }

    private void Visit(int place, int[] state, List<int> path)
    {
        if (state[place] != 0 || _definition.Steps[place] is WaitStep)
        {
            return;
        }

        state[place] = 1;
        path.Add(place);
        foreach (var to in _next[place])
        {
            if (state[to] == 1)
            {
                var loop = path.Skip(path.IndexOf(to)).Append(to).Select(p => _definition.Steps[p].Id);
                Error(to, "", $"a loop without a wait: {string.Join(" -> ", loop)}.");
            }

            Visit(to, state, path);
        }

        path.RemoveAt(path.Count - 1);
        state[place] = 2;
    }

    private void Error(int place, string field, string message) =>
        _errors.Add(new($"steps[{place}]{(field.Length > 0 ? "." : "")}{field}", $"Step '{_definition.Steps[place].Id}': {message}"));
}
