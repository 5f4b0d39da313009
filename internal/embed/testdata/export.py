"""Writes points.npy, p30.npy and reference.json: what openTSNE, umap-learn and
scikit-learn make of 150 points of 5 numbers. README.md beside this file says what
each entry is.

    python3 -B internal/embed/testdata/export.py
"""
import json
import os
import warnings

import numpy as np
import openTSNE
import openTSNE.affinity
import openTSNE.tsne
import sklearn
import umap
from scipy.sparse import coo_matrix, triu
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.manifold import trustworthiness
from umap.umap_ import compute_membership_strengths, find_ab_params, fuzzy_simplicial_set, smooth_knn_dist

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
N, DISTINCT, K = 150, 147, 15


def make_points():
    """Three clusters of unequal width, and one point far away four times: so no
    list of neighbours ends between equal distances."""
    r = np.random.RandomState(12)
    labels = np.arange(N) % 3
    centers = np.array([[0, 0, 0, 0, 0], [4, 0, 2, 0, 0], [0, 5, 0, 1, 2]], float)
    x = centers[labels] + r.randn(N, 5) * np.array([0.7, 1.0, 1.6])[labels, None]
    x[DISTINCT - 1:] = [14, -3, 8, 2, -5]
    return x.astype(np.float32), labels


def neighbours(x, k):
    """The k nearest of each point, itself left out, in float64; ties by index."""
    d = np.sqrt(((x[:, None].astype(float) - x[None].astype(float)) ** 2).sum(2))
    np.fill_diagonal(d, -1)
    order = np.argsort(d, axis=1, kind="stable")[:, 1:k + 1]
    return order, np.take_along_axis(d, order, 1)


def number(v, digits=9):
    return float(f"{float(v):.{digits}g}")


def numbers(a, digits=9):
    return [numbers(v, digits) if np.ndim(v) else number(v, digits) for v in a]


def upper(matrix, digits=8):
    """The entries above the diagonal of a symmetric sparse matrix, by row and column."""
    m = triu(matrix, 1).tocsr()
    m.sort_indices()
    m = m.tocoo()
    return {"row": m.row.tolist(), "column": m.col.tolist(), "value": numbers(m.data, digits)}


def umap_figures(x):
    index, distance = neighbours(x, K - 1)
    index = np.hstack([np.arange(N)[:, None], index])  # umap-learn counts a point among its own
    distance = np.hstack([np.zeros((N, 1)), distance]).astype(np.float32)
    sigma, rho = smooth_knn_dist(distance, float(K))
    graph, s2, r2 = fuzzy_simplicial_set(x, K, np.random.RandomState(1), "euclidean", knn_indices=index, knn_dists=distance)
    assert np.array_equal(sigma, s2) and np.array_equal(rho, r2)
    rows, cols, vals, _ = compute_membership_strengths(index, distance, sigma, rho)
    directed = coo_matrix((vals, (rows, cols)), shape=(N, N)).toarray()
    union = directed + directed.T - directed * directed.T
    assert np.abs(union - graph.toarray()).max() < 1e-6
    curves = []
    for spread, least in [(1, 0.1), (1, 0), (1, 0.001), (1, 0.25), (1, 0.5), (1, 0.8), (1, 0.99), (2, 0.1), (0.5, 0.1), (3, 1)]:
        a, b = find_ab_params(spread, least)
        curves.append({"spread": spread, "min_dist": least, "a": number(a, 12), "b": number(b, 12)})
    return {"neighbors": K, "sigma": numbers(sigma), "rho": numbers(rho), "graph": upper(graph), "curves": curves}


def tsne_affinities(x, perplexity):
    a = openTSNE.affinity.PerplexityBasedNN(x.astype(float), perplexity=perplexity, method="exact")
    return a, min(len(x) - 1, int(3 * perplexity))


def tsne_figures(x):
    thirty, k30 = tsne_affinities(x, 30)
    np.save(os.path.join(HERE, "p30.npy"), thirty.P.toarray()[:N // 2].astype(np.float32))
    five, k5 = tsne_affinities(x, 5)
    few, kfew = tsne_affinities(x[:20], 30)
    fit = openTSNE.TSNE(perplexity=30, initialization="pca", negative_gradient_method="bh", neighbors="exact", random_state=1, n_jobs=1).fit(x.astype(float))
    y = np.round(np.asarray(fit, float), 3)
    y[DISTINCT:] += [[0.5, 0.1], [-0.3, 0.4], [0.2, -0.6]]  # openTSNE's tree leaves the force between equal places out
    cases = []
    for a, perplexity, exaggeration in [(thirty, 30, 1), (thirty, 30, 12), (five, 5, 1)]:
        p = a.P.copy()
        p.data = p.data * exaggeration
        kl, gradient = openTSNE.tsne.kl_divergence_bh(y.copy(), p, 1, {"theta": 0}, should_eval_error=True)
        check_gradient(y, p, gradient)
        cases.append({"perplexity": perplexity, "exaggeration": exaggeration, "kl": number(kl, 12), "gradient": numbers(gradient, 8)})
    rate = []
    for n, exaggeration in [(150, 12), (150, 1), (60000, 12), (60000, 1)]:
        options = {"learning_rate": "auto", "exaggeration": exaggeration}
        openTSNE.tsne._handle_nice_params(np.zeros((n, 2)), options)
        rate.append({"n": n, "exaggeration": exaggeration, "rate": number(options["learning_rate"], 12)})
    return {
        "five": {"perplexity": 5, "neighbors": k5, "p": upper(five.P)},
        "few": {"points": 20, "asked": 30, "perplexity": few.effective_perplexity_, "neighbors": kfew, "p": upper(few.P)},
        "map": y.tolist(), "at_map": cases, "learning_rate": rate, "reached_kl": number(fit.kl_divergence),
    }


def check_gradient(y, p, gradient):
    """openTSNE's gradient is a quarter of that of the paper (van der Maaten and
    Hinton 2008, equation 5): sum over j of (p - q) (yi - yj) / (1 + |yi - yj|^2)."""
    d = y[:, None] - y[None]
    w = 1 / (1 + (d ** 2).sum(2))
    np.fill_diagonal(w, 0)
    want = (((p.toarray() - w / w.sum()) * w)[:, :, None] * d).sum(1)
    assert np.abs(want - gradient).max() < 1e-7 * np.abs(want).max(), (np.abs(want - gradient).max(), np.abs(want).max())


def quality(x, y, labels):
    """Of the distinct points. Continuity is trustworthiness with the sides changed."""
    x, y, labels = x[:DISTINCT].astype(float), np.asarray(y)[:DISTINCT], labels[:DISTINCT]
    inside, outside = neighbours(x, K)[0], neighbours(y, K)[0]
    kept = np.mean([len(set(a) & set(b)) / K for a, b in zip(inside, outside)])
    votes = [np.bincount(labels[row], minlength=3) for row in neighbours(y, 10)[0]]
    return {
        "points": DISTINCT, "k": K, "recall": number(kept), "trustworthiness": number(trustworthiness(x, y, n_neighbors=K)),
        "continuity": number(trustworthiness(y, x, n_neighbors=K)), "votes": np.array(votes).tolist(),
    }


def linear(x, labels):
    pca = PCA(2, svd_solver="full").fit(x.astype(float))
    lda = LinearDiscriminantAnalysis(solver="svd", n_components=2).fit(x.astype(float), labels)
    return {
        "pca": {"places": numbers(pca.transform(x.astype(float)), 8), "share": numbers(pca.explained_variance_ratio_)},
        "lda": {"places": numbers(lda.transform(x.astype(float)), 8), "share": numbers(lda.explained_variance_ratio_)},
    }


def main():
    x, labels = make_points()
    np.save(os.path.join(HERE, "points.npy"), x)
    index, distance = neighbours(x, K)
    out = {
        "versions": {"umap-learn": umap.__version__, "openTSNE": openTSNE.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "labels": labels.tolist(), "nearest": {"k": K, "index": index.tolist(), "distance": numbers(distance)},
        "umap": umap_figures(x), "tsne": tsne_figures(x), **linear(x, labels),
    }
    out["quality"] = quality(x, out["tsne"]["map"], labels)
    with open(os.path.join(HERE, "reference.json"), "w") as f:
        f.write("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in out.items()) + "\n}\n")


main()
