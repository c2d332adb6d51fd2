# SPDX-License-Identifier: Apache-2.0
"""Graphs of sparse matrices and of lists for the differential tests (CASES, as in cases.py).

Matrices are made from vectors (CSR, CSC) or from dense matrices with zeros; results that are sparse
are compared as dense matrices, and their patterns by the number of stored elements."""
import importlib

import numpy

from cases import case, integers, values

INDICES = numpy.array([2, 0, 1, 0, 3], "int32")
UNSORTED = numpy.array([2, 1, 0, 3, 0], "int32")  # col_scale of PyTensor 3.3 mixes these up
INDPTR = numpy.array([0, 1, 3, 5], "int32")
OTHER = numpy.array([0, 2, 1, 3], "int32")
OTHER_INDPTR = numpy.array([0, 2, 3, 4], "int32")
HOLES = values(4, 5) * (integers(4, 5, below=3) > 0)


def sparse_of(p):
    return importlib.import_module(p.name + ".sparse")


def csr(p, data, indices=INDICES, indptr=INDPTR, shape=(3, 4)):
    return sparse_of(p).CSR(data, indices, indptr, numpy.array(shape, "int32"))


def csc(p, data, indices=INDICES, indptr=INDPTR, shape=(4, 3)):
    return sparse_of(p).CSC(data, indices, indptr, numpy.array(shape, "int32"))


def matrix(kind, rows, columns, dtype):
    """A SciPy matrix with a third of its places filled, its first row empty."""
    import scipy.sparse
    full = values(rows, columns, seed=rows) * (integers(rows, columns, below=3) == 1)
    full[0] = 0
    return getattr(scipy.sparse, kind + "_matrix")(full.astype(dtype))


def dense(p, *matrices):
    return [sparse_of(p).dense_from_sparse(x) if hasattr(x.type, "format") else x
            for x in matrices]


@case(values(5), values(4, 2, seed=1), values(3, 2, seed=2))
def sparse_products(p, data, y, z):
    S, T = sparse_of(p), p.T
    x, xc = csr(p, data), csc(p, data)
    results = [S.structured_dot(x, y), S.structured_dot(xc, z), S.dot(x, y), S.dot(xc, z),
               S.dot(y.T, x.T), S.dot(z.T, x), S.structured_dot(y.T, xc),
               S.dot(csr(p, data, UNSORTED), y[:, 0]),
               S.dot(z[:, 1], x)]
    cost = sum([T.sum(r ** 2) for r in results[2:6]])
    structured = T.sum(S.structured_dot(x, y) ** 3) + T.sum(S.structured_dot(xc, z) ** 3)
    return results + p.package.grad(cost, [y, z]) + p.package.grad(structured, [data, y, z])


@case(values(5), HOLES, values(5, 2, seed=4))
def dense_and_sparse(p, data, holes, y):
    S, T = sparse_of(p), p.T
    x, xc = S.csr_from_dense(holes), S.csc_from_dense(holes)
    products = [S.dot(x, y), S.structured_dot(xc, y), S.dot(y.T, x.T)]
    cost = T.sum(S.structured_dot(x, y) ** 2) + T.sum(S.structured_dot(xc, y) ** 3)
    parts = list(S.csm_properties(x)) + list(S.csm_properties(xc)) + list(
        S.csm_properties(csr(p, data)))
    return (dense(p, x, xc, csr(p, data), csc(p, data), x.T) + products + parts +
            [x.shape[0], S.csm_shape(x)] + p.package.grad(cost, [holes, y]))


@case(values(5), values(3, 4, seed=2), values(4, seed=3), values(3, seed=5))
def sparse_elements(p, data, y, v, w):
    S, T = sparse_of(p), p.T
    x, xc = csr(p, data), csc(p, data)
    kept = [S.mul_s_d(x, y) if hasattr(S, "mul_s_d") else S.multiply(x, y),
            S.col_scale(x, v), S.row_scale(x, w), S.col_scale(xc, w), S.row_scale(xc, v), -x,
            S.structured_add_s_v(x, v) if hasattr(S, "structured_add_s_v") else x]
    sums = [S.sp_sum(x), S.sp_sum(x, axis=0), S.sp_sum(x, axis=1), S.sp_sum(xc, axis=0),
            S.sp_sum(xc, axis=1), S.sp_sum(xc, sparse_grad=True)]
    cost = sum([T.sum(s ** 2) for s in sums]) + sum([T.sum(d ** 2) for d in dense(p, *kept[:5])])
    return (dense(p, *kept) + sums + [S.add_s_d(x, y) if hasattr(S, "add_s_d") else x + y] +
            p.package.grad(cost, [data, y, v, w]))


@case(values(5), values(5, seed=1, low=0.2, high=2))
def structured_functions(p, data, positive):
    S, T = sparse_of(p), p.T
    x, xc = csr(p, data), csc(p, positive)
    results = [S.structured_sigmoid(x), S.structured_exp(x), S.structured_log(xc),
               S.structured_pow(x, 2), S.sin(x), S.tanh(xc), S.structured_minimum(x, 0.2), S.sqrt(xc), S.floor(x),
               S.structured_maximum(x, 0.1)]
    cost = sum([S.sp_sum(r, sparse_grad=True) for r in results[:8]])
    return dense(p, *results) + p.package.grad(cost, [data, positive])


@case(values(5), values(4, seed=1), values(4, seed=6))
def sparse_pairs(p, data, other, second):
    S, T = sparse_of(p), p.T
    x, y = csr(p, data), csr(p, other, OTHER, OTHER_INDPTR)
    z = csr(p, second, numpy.array([1, 0, 1, 0], "int32"), numpy.array([0, 1, 2, 2, 4], "int32"),
            (4, 2))
    zc = csc(p, second, numpy.array([3, 0, 2, 1], "int32"), numpy.array([0, 2, 4], "int32"), (4, 2))
    results = [S.add(x, y), S.sub(x, y), S.mul(x, y) if hasattr(S, "mul") else S.multiply(x, y),
               S.true_dot(x, z), S.true_dot(x, zc), S.structured_dot(x, z), S.hstack([x, y]),
               S.vstack([x, y], format="csr"), S.vstack([x, y]), S.add(x, x)]
    cost = T.sum(dense(p, S.add(x, y))[0] ** 2) + T.sum(dense(p, S.true_dot(x, z))[0] ** 2)
    return (dense(p, *results) + [S.dot(x, z)] +
            [S.csm_properties(r)[0].shape[0] for r in results if hasattr(r.type, "format")] +
            p.package.grad(cost, [data, other]))


@case(values(5), values(4, seed=1), values(3, 4, seed=3))
def sparse_comparisons(p, data, other, y):
    S = sparse_of(p)
    x, z = csr(p, data), csr(p, other, OTHER, OTHER_INDPTR)
    if not hasattr(S, "eq"):
        S = importlib.import_module(p.name + ".sparse.math")
    if not hasattr(S, "eq"):
        return [sparse_of(p).dense_from_sparse(x)]
    return (dense(p, S.neq(x, z), S.lt(x, z), S.gt(x, z), S.le(x, z), S.ge(x, z), S.eq(x, z)) +
            [S.lt(x, y), S.ge(x, y), S.eq(x, y), S.gt(y, x)])


@case(values(5), values(3, 2, seed=1), values(4, 2, seed=2), values(5, low=0.0, high=2.9))
def sampled_and_selected(p, data, u, v, steps):
    S, T = sparse_of(p), p.T
    x = csr(p, data)
    sampled = S.sampling_dot(u, v, x)
    holes = csr(p, T.floor(steps))
    square = csr(p, data, INDICES, INDPTR, (3, 4))[:, :3]
    mixed = csr(p, data, UNSORTED)
    results = [sampled, S.remove0(holes), S.clean(holes), S.ensure_sorted_indices(mixed), x[1:],
               x[:, ::2], x[::-1, 1:3], csc(p, data)[1:3]]
    cost = T.sum(dense(p, S.sampling_dot(u, v, x))[0] ** 2) if p.is_theano else S.sp_sum(
        sampled, sparse_grad=True)
    return (dense(p, *results) + [x[1, 0], S.diag(square), S.csm_properties(results[1])[0]] +
            p.package.grad(cost, [u, v]))


@case(values(5), integers(4, below=3), values(2, 3, seed=2))
def lists_of_rows(p, data, i, rows):
    S, T = sparse_of(p), p.T
    x = csr(p, data)
    built = S.construct_sparse_from_list(T.zeros((4, 3)), rows, numpy.array([3, 1], "int64"))
    basic = importlib.import_module(p.name + ".sparse.basic")
    return dense(p, basic.get_item_list(x, i), built) + [basic.get_item_2lists(x, i[:3], i[1:4])]


@case(values(5), values(2, seed=1), values(3, 2, seed=3), only=("theano",))
def usmm_and_diagonals(p, data, d, z):
    S, T = sparse_of(p), p.T
    x = csr(p, data)
    return [S.usmm(T.sum(d), x, z[:2].T.dot(z[:2])[:, :2].repeat(2, 0), z),
            dense(p, S.square_diagonal(d))[0]]


def lists_of(p):
    return importlib.import_module(p.name + ".typed_list")


@case(values(3))
def lists(p, x):
    L, T = lists_of(p), p.T
    y, z = x * 2, x + 1
    a = L.make_list([x, y])
    b = L.append(a, z)
    c = L.reverse(L.extend(b, a))
    d = L.insert(c, numpy.int64(1), x + y)
    e = L.remove(b, x)
    return [b[2], c[0], c[-1], d[1] * T.sum(e[1]), e[0], L.length(d), L.count(c, x),
            L.index_(b, z), b[1:][0]]
