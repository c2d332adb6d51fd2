# SPDX-License-Identifier: Apache-2.0
"""The semantics of `function` (updates, defaults, conversions, aliases, errors and what they leave
behind): the ancestor's own functions, those of mode TGC and loaded bundles agree.

    function_test.py PEER     PEER: theano, aesara, pytensor; the package tgc on PYTHONPATH
"""
import copy
import importlib
import os
import pickle
import sys
import tempfile
import unittest
import warnings

import numpy

from peer import Peer

import tgc

PEER = None


def shared(value, name, **kwargs):
    return PEER.package.shared(numpy.asarray(value), name=name, **kwargs)


def outcome(call, *args, **kwargs):
    """What a call gives, or the class of its exception."""
    try:
        result = call(*args, **kwargs)
    except Exception as problem:  # any failure is an outcome
        return type(problem)
    if isinstance(result, dict):
        return {key: numpy.array(value) for key, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [numpy.array(value) for value in result]
    return result if result is None else numpy.array(result)


class Both(unittest.TestCase):
    """A scenario is a function of the mode that returns what it saw; both modes see the same."""

    def same(self, ours, theirs, where):
        if isinstance(theirs, (list, tuple)):
            self.assertEqual(type(ours), type(theirs), where)
            self.assertEqual(len(ours), len(theirs), where)
            for i, (one, other) in enumerate(zip(ours, theirs)):
                self.same(one, other, "%s[%d]" % (where, i))
        elif isinstance(theirs, dict):
            self.assertEqual(list(ours), list(theirs), where)
            for key in theirs:
                self.same(ours[key], theirs[key], "%s[%r]" % (where, key))
        elif isinstance(theirs, (numpy.ndarray, numpy.generic)):
            self.assertIsInstance(ours, (numpy.ndarray, numpy.generic), where)
            self.assertEqual((ours.dtype, ours.shape), (theirs.dtype, theirs.shape), where)
            numpy.testing.assert_allclose(ours, theirs, rtol=1e-12, err_msg=where)
        else:
            self.assertEqual(ours, theirs, where)

    def both(self, scenario):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = scenario(PEER.mode)
            ours = scenario("TGC")
        self.same(ours, theirs, scenario.__name__)
        return theirs


class Modes(Both):
    def test_updates_are_simultaneous(self):
        def scenario(mode):
            a, b = shared([1.0, 2.0], "a"), shared([10.0, 20.0], "b")
            f = PEER.function([], [a, b, a - b], updates=[(a, b), (b, a + b)], mode=mode)
            seen = [outcome(f), outcome(f)]
            return seen + [a.get_value(), b.get_value()]
        seen = self.both(scenario)
        numpy.testing.assert_array_equal(seen[0][0], [1, 2])  # the old values
        numpy.testing.assert_array_equal(seen[-1], [21, 42])

    def test_default_updates(self):
        def scenario(mode):
            seen = []
            for kwargs in ({}, {"no_default_updates": True}, {"no_default_updates": "s"},
                           {"updates": "s"}):
                r, s = shared(1.0, "r"), shared(5.0, "s")
                s.default_update, r.default_update = s + r, r * 2
                names = {"s": [s] if "no_default_updates" in kwargs else [(s, s - 1)]}
                kwargs = {key: names.get(value, value) for key, value in kwargs.items()}
                f = PEER.function([], [s * 3, s], mode=mode, **kwargs)
                seen += [outcome(f), outcome(f), s.get_value(), r.get_value()]
            return seen
        seen = self.both(scenario)
        self.assertEqual([float(v) for v in seen[2:4]], [8, 4])  # r comes in through the update of s

    def test_defaults_keywords_and_wrong_calls(self):
        if PEER.name == "pytensor":
            self.skipTest("inputs have no default values any more")

        def scenario(mode):
            x, n, total = PEER.T.dvector("x"), PEER.T.lscalar("n"), PEER.T.dscalar("total")
            inputs = [x, PEER.In(n, value=2), PEER.In(total, value=1.5, update=total + x.sum())]
            f = PEER.function(inputs, [x * n, total], mode=mode)
            ones = numpy.ones(2)
            return [outcome(f, ones), outcome(f, ones, 3), outcome(f, ones, n=4),
                    outcome(f, x=ones, n=5), outcome(f), outcome(f, ones, 1, x=ones),
                    outcome(f, ones, m=1), outcome(f, ones, 1, 2.0, 3.0), outcome(f, ones, "n"),
                    outcome(f, ones), float(f[total]), outcome(f, ones, 2, 10.0),
                    outcome(f, ones), float(f[total])]
        self.both(scenario)

    def test_strict_and_downcast(self):
        def scenario(mode):
            seen = []
            values = [1, 1.5, numpy.float32(1.5), numpy.float64(0.1), [0.1], [0.5], [1],
                      numpy.ones(1), numpy.ones(1, "int8"), numpy.ones(1, "int64"),
                      numpy.ones((1, 1)), numpy.asarray(3), True, "1", 1j]
            for kind in ("float32", "float64", "int32"):
                for name in ("scalar", "vector"):
                    for allow in (None, True, False, "strict"):
                        x = getattr(PEER.T, name)("x", dtype=kind)
                        entry = PEER.In(x, strict=True) if allow == "strict" else PEER.In(
                            x, allow_downcast=allow)
                        f = PEER.function([entry], x + x, mode=mode)
                        for value in values:
                            seen.append(("%s %s %s %r" % (kind, name, allow, value),
                                         outcome(f, value)))
            return seen
        self.both(scenario)

    def test_mutable_borrowed_and_aliased_arguments(self):
        def scenario(mode):
            x, y, n = PEER.T.dvector("x"), PEER.T.dvector("y"), PEER.T.lscalar("n")
            inputs = [PEER.In(x, mutable=True), PEER.In(y, borrow=True), n]
            f = PEER.function(inputs, [PEER.T.inc_subtensor(x[1:], 1.0), x + y * n, y], mode=mode)
            one = numpy.arange(3.0)
            seen = [outcome(f, one.copy(), one, 2), outcome(f, one.copy(), one[::-1], 2)]
            both = numpy.arange(3.0)
            return seen + [outcome(f, both, both, 1), one]
        self.both(scenario)

    def test_results_are_not_aliased(self):
        def scenario(mode):
            x, w = PEER.T.dvector("x"), shared([1.0, 2.0], "w")
            fixed = PEER.T.constant(numpy.array([7.0, 8.0]))
            twice = x * 2
            f = PEER.function([x], [x, x, twice, twice, w, fixed, PEER.Out(x + 1, borrow=True)],
                              updates=[(w, twice)], mode=mode)
            value = numpy.array([1.0, 3.0])
            results = f(value)
            for i, result in enumerate(results):
                for other in results[i + 1:] + [value, w.get_value(borrow=True)]:
                    self.assertFalse(numpy.may_share_memory(result, other), i)
                result += 100
            keep = PEER.function([x], [], updates=[(w, x)], mode=mode)
            seen = [value, w.get_value(), outcome(f, value), outcome(f, value), w.get_value()]
            keep(value)
            value += 1
            return seen + [w.get_value()]
        self.both(scenario)

    def test_outputs_of_every_form(self):
        def scenario(mode):
            x = PEER.T.dvector("x")
            forms = [None, [], x * 2, [x * 2], (x, x * 3)]
            if PEER.name != "pytensor":
                forms.append({"b": x + 1, "a": x * 4})
            return [outcome(PEER.function([x], form, mode=mode), [1.0, 2.0]) for form in forms]
        self.both(scenario)

    def test_givens_and_their_mistakes(self):
        def scenario(mode):
            T = PEER.T
            x, y, z, f32 = T.dvector("x"), T.dvector("y"), T.dvector("z"), T.fvector("f32")
            data, s = shared(numpy.arange(6.0), "data"), shared([1.0, 1.0], "s")
            s.default_update = s + 1  # is replaced, so that it is not updated
            twice = x * 2
            f = PEER.function([y], [twice + 1, s + x], givens=[(x, y * y), (s, data[2:4])],
                              mode=mode)
            g = PEER.function([y], [twice + y], givens={twice: y + 1}, mode=mode)
            h = PEER.function([], [x.sum()], givens=[(x, numpy.array([3.0, 4.0]))], mode=mode)
            seen = [outcome(f, [2.0, 3.0]), s.get_value(), outcome(g, [2.0]), outcome(h)]
            for givens in ([(x, y), (y, z)], [(x, f32)], [("x", y)], [(x, T.dmatrix("m"))]):
                seen.append(outcome(PEER.function, [z, f32], x + y, givens=givens, mode=mode))
            return seen + [outcome(PEER.function, [x, y], x + y, givens=[(x, y)], mode=mode)]
        self.both(scenario)

    def test_mistakes_in_updates_and_inputs(self):
        def scenario(mode):
            x, w, v = PEER.T.dvector("x"), shared([1.0], "w"), shared(2.0, "v")
            wrong = [dict(updates=[(w, PEER.T.cast(w, "float32"))]), dict(updates=[(w, w.sum())]),
                     dict(updates=[(w, w), (w, w + 1)]), dict(updates=[(x, x + 1)]),
                     dict(updates=[(w, x), (v, "text")]), dict(updates=w)]
            seen = [outcome(PEER.function, [x], x, mode=mode, **kwargs) for kwargs in wrong]
            for inputs in ([w], [x, x], [1.0], x):
                seen.append(outcome(PEER.function, inputs, w * 2, mode=mode))
            f = PEER.function([x], x.sum(), updates=[(v, 3.5)], mode=mode)  # a number will do
            return seen + [outcome(f, [1.0]), v.get_value()]
        self.both(scenario)

    def test_unused_inputs(self):
        def scenario(mode):
            x, y, seen = PEER.T.dvector("x"), PEER.T.dvector("y"), []
            for policy in ("raise", "warn", "ignore", None):
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    try:
                        f = PEER.package.function([x, y], x * 2, on_unused_input=policy, mode=mode)
                        seen.append(outcome(f, [1.0], [2.0]))
                    except Exception as problem:
                        seen.append(type(problem))
                seen.append(any("is not used" in str(w.message) or "not part of" in str(w.message)
                                for w in caught))
            return seen
        self.both(scenario)

    def test_what_a_failed_call_leaves(self):
        def scenario(mode):
            T = PEER.T
            w, count = shared(numpy.arange(3.0), "w"), shared(numpy.int64(0), "count")
            x, i = T.dvector("x"), T.lvector("i")
            f = PEER.function([x, i], w[i].sum() + x.sum(),
                              updates=[(w, w * 2), (count, count + 1)], mode=mode)
            good = outcome(f, [1.0], [0, 2])
            with self.assertRaises(Exception):
                f([1.0], [0, 3])
            with self.assertRaises(Exception):
                f(numpy.ones(1, "complex128"), [0])
            seen = [good, w.get_value(), count.get_value(), outcome(f, [1.0], [1])]
            w.set_value(numpy.arange(5.0))  # another size
            return seen + [outcome(f, [1.0], [4]), w.get_value(), count.get_value()]
        self.both(scenario)

    def test_trusted_inputs(self):
        def scenario(mode):
            x, w = PEER.T.dvector("x"), shared(1.0, "w")
            f = PEER.function([x], [x * 2, x.sum() + w], updates=[(w, w + 1)], mode=mode)
            f.trust_input = True
            return [outcome(f, numpy.array([1.0, 2.0])), w.get_value()]
        self.both(scenario)

    def test_subsets_of_outputs(self):
        if PEER.name == "pytensor":
            self.skipTest("has none any more")
        x, w = PEER.T.dvector("x"), shared(1.0, "w")
        f = PEER.function([x], [x * 2, x.sum() + w, x - 1], updates=[(w, w + 1)], mode="TGC")
        second = f([1.0, 2.0], output_subset=[2, 1])
        numpy.testing.assert_array_equal(second[0], [0, 1])
        self.assertEqual((second[1], w.get_value()), (4, 2))

    def test_copies_of_functions(self):
        def scenario(mode):
            x, w, v = PEER.T.dvector("x"), shared([1.0, 2.0], "w"), shared([5.0, 5.0], "v")
            f = PEER.function([x], x * w, updates=[(w, w + 1)], mode=mode)
            value = numpy.array([1.0, 2.0])
            seen = [outcome(f, value)]
            for kwargs in ({}, {"delete_updates": True}, {"swap": {w: v}}):
                g = f.copy(**kwargs)
                seen += [outcome(g, value), w.get_value(), v.get_value(), outcome(f, value),
                         w.get_value()]
            return seen
        self.both(scenario)

    def test_freeing_leaves_shared_variables(self):
        x, w = PEER.T.dvector("x"), shared([1.0, 2.0], "w")
        f = PEER.function([x], x * w, updates=[(w, w + 1)], mode="TGC")
        f([1.0, 1.0])
        f.free()
        numpy.testing.assert_array_equal(w.get_value(), [2, 3])
        numpy.testing.assert_array_equal(f([1.0, 1.0]), [2, 3])

    def test_pickles_and_deep_copies(self):
        def scenario(mode):
            x, w = PEER.T.dvector("x"), shared([1.0, 2.0], "w")
            f = PEER.function([x], x * w, updates=[(w, w + 1)], mode=mode)
            value, seen = numpy.array([1.0, 2.0]), []
            seen.append(outcome(f, value))
            for make in (copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f, -1))):
                g = make(f)  # has a state of its own
                seen += [outcome(g, value), outcome(g, value), outcome(f, value), w.get_value()]
            return seen
        self.both(scenario)

    def test_a_profile_counts_the_calls(self):
        def scenario(mode):
            x = PEER.T.dvector("x")
            f = PEER.function([x], x * 2, profile=True, mode=mode)
            seen = [outcome(f, [1.0]), outcome(f, [2.0])]
            return seen + [f.profile.fct_callcount]
        self.both(scenario)


class Bundles(Both):
    """The same of graphs that are exported: as a compiled function and as its arguments."""

    def test_bundles_do_what_the_functions_do(self):
        T, scenarios = PEER.T, []

        def scenario(name, inputs, outputs, calls, state=(), **kwargs):
            scenarios.append((name, dict(kwargs, inputs=inputs, outputs=outputs), calls, state))

        x, y, n = T.dvector("x"), T.dvector("y"), T.lscalar("n")
        a, b = shared([1.0, 2.0], "a"), shared([10.0, 20.0], "b")
        scenario("swap", [], [a, b, a - b], [(), ()], (a, b), updates=[(a, b), (b, a + b)])
        r, s, t = shared(1.0, "r"), shared(5.0, "s"), shared([2.0, 2.0], "t")
        s.default_update, r.default_update, t.default_update = s + r, r * 2, t + 1
        scenario("defaults", [], [s * 3], [(), ()], (r, s))
        scenario("straight", [], [s], [(), ()], (r, s))
        scenario("no_defaults", [], [s * 3], [()], (r, s), no_default_updates=True)
        scenario("one_default", [], [s * 3, r + 1], [(), ()], (r, s), no_default_updates=[s])
        scenario("explicit", [], [s * 3], [(), ()], (r, s), updates=[(s, s - 1)])
        scenario("given", [y], [x * 2 + 1, t + x], [([2.0, 3.0],)], (t,),
                 givens=[(x, y * y), (t, a * 2)])
        scenario("given_inside", [y], [x * 2 + y], [([2.0],)], givens={x: y + 1})
        scenario("given_number", [], [x.sum()], [()], givens=[(x, numpy.array([3.0, 4.0]))])
        scenario("given_state", [y], [y + x], [([2.0, 1.0],)] * 2, (t,), givens=[(x, t)])
        twice = x * 2
        scenario("aliases", [x], [x, x, twice, twice, a], [([1.0, 3.0],)] * 2, (a,),
                 updates=[(a, twice)])
        scenario("keep", [x], [], [([4.0, 5.0],)], (a,), updates=[(a, x)])
        scenario("reset", [], [], [()], (s,), updates=[(s, 3.5)])
        scenario("borrowed", [PEER.In(x, mutable=True), PEER.In(y, borrow=True)],
                 [PEER.Out(T.inc_subtensor(x[1:], 1.0), borrow=True), y], [([1.0, 2.0], [3.0])])
        scenario("one", [x], x * 5, [([1.0],)])
        if PEER.name != "pytensor":
            state = T.dscalar("state")
            for name in ("stateful", "stateful_too"):  # each with a state of its own
                entry = PEER.In(state, value=1.5, update=state + x.sum())
                scenario(name, [x, entry], state * 2, [([1.0, 2.0],)] * 3)
            scenario("stateless", [state], state + 1, [(2.0,)])
        self.compare(scenarios)

    def compare(self, scenarios):
        folder = tempfile.mkdtemp()
        kept = [v for _, _, _, state in scenarios for v in state]
        start = {v: v.get_value() for v in kept}
        functions, things = {}, {}
        for name, arguments, _, _ in scenarios:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                functions[name] = PEER.function(**copy.copy(arguments))
                things[name + "_compiled"] = functions[name]
                things[name + "_written"] = arguments
        path = os.path.join(folder, "functions.json")
        tgc.export(things, path)
        bundle = tgc.load(tgc.compile(path, flags="on_unused_input=ignore"))
        for name, arguments, calls, state in scenarios:
            for variable, value in start.items():
                variable.set_value(value)
            theirs = [functions[name](*args) for args in calls]
            after = [v.get_value() for v in state]
            for kind in ("_compiled", "_written"):
                for variable, value in start.items():
                    bundle.shared[variable.name] = value
                for i, args in enumerate(calls):
                    ours, other = bundle[name + kind](*args), theirs[i]
                    if isinstance(other, list):
                        ours = [] if ours is None else list(ours) if len(other) > 1 else [ours]
                    self.same(ours, other, "%s%s, call %d" % (name, kind, i))
                self.same([bundle.shared[v.name] for v in state], after, name + kind + ", state")

    def test_mistakes_are_errors_of_export(self):
        x, y, w, v = PEER.T.dvector("x"), PEER.T.dvector("y"), shared([1.0], "w"), shared(2.0, "v")
        path = os.path.join(tempfile.mkdtemp(), "wrong.json")
        wrong = [
            (dict(inputs=[x], updates=[(w, PEER.T.cast(w, "float32"))]), TypeError, "update of w"),
            (dict(inputs=[x], updates=[(w, w.sum())]), TypeError, "update of w"),
            (dict(inputs=[x], updates=[(w, w), (w, w + 1)]), ValueError, "two updates"),
            (dict(inputs=[x], updates=[(x, x + 1)]), TypeError, "only shared variables"),
            (dict(inputs=[w]), TypeError, "cannot be an input"),
            (dict(inputs=[x, x]), ValueError, "twice"),
            (dict(inputs=[x, 1.0]), TypeError, "must be a variable"),
            (dict(inputs=[x], givens=[(x, y)]), ValueError, "is an input"),
            (dict(inputs=[y], givens=[(x, y), (x, y + 1)]), ValueError, "depends"),
            (dict(inputs=[PEER.T.fvector("f")], givens=[(x, PEER.T.fvector("f"))]), TypeError,
             "replacement of x"),
            (dict(inputs=[y], givens=[("x", y)]), TypeError, "keys of givens"),
        ]
        for arguments, kind, message in wrong:
            with self.assertRaisesRegex(kind, message):
                tgc.export(dict(arguments, outputs=[x * w + v]), path)
            self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    PEER = Peer(sys.argv.pop(1))
    importlib.import_module("tgc." + PEER.name)
    unittest.main()
