// SPDX-License-Identifier: Apache-2.0
// Samples from the posterior that a bundle's function "density" (theta -> log-density, gradient)
// describes, with the No-U-Turn Sampler (Hoffman and Gelman 2014, states drawn by their weights as
// in Betancourt 2017). Four chains run in threads of their own on one engine:
//
//   nuts BUNDLE [DRAWS [SEED]]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <thread>
#include <vector>

#include "tgc/runtime.hpp"

namespace {

using Vector = std::vector<double>;

struct Point {
  Vector theta;
  Vector momentum;
  Vector gradient;
  double log_density = 0;
};

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double log_add(double a, double b) {
  const double most = std::max(a, b);
  return most == -INFINITY ? most : most + std::log(std::exp(a - most) + std::exp(b - most));
}

// The bundle's function, in a context of its own.
class Density {
 public:
  explicit Density(const tgc::Engine& engine)
      : context_(engine), function_(engine.function("density")) {}

  void evaluate(Point& point) {
    tgc_tensor theta = {};
    theta.data = point.theta.data();
    theta.dtype = TGC_FLOAT64;
    theta.rank = 1;
    theta.dims[0] = static_cast<int64_t>(point.theta.size());
    outputs_.assign(2, {});
    context_.call(function_, {theta}, outputs_);
    point.log_density = *static_cast<const double*>(outputs_[0].data);
    const auto* gradient = static_cast<const double*>(outputs_[1].data);
    point.gradient.assign(gradient, gradient + point.theta.size());
  }

 private:
  tgc::Context context_;
  uint32_t function_;
  std::vector<tgc_tensor> outputs_;
};

// Finds a step whose average acceptance is `target` (dual averaging, Nesterov 2009).
class StepSize {
 public:
  explicit StepSize(double first) { restart(first); }

  void restart(double first) {
    mean_ = std::log(10 * first);
    log_step_ = std::log(first);
    log_average_ = error_ = 0;
    count_ = 0;
  }
  void learn(double acceptance) {
    ++count_;
    error_ += (kTarget - acceptance - error_) / (count_ + 10);
    log_step_ = mean_ - std::sqrt(count_) / 0.05 * error_;
    const double weight = std::pow(count_, -0.75);
    log_average_ += weight * (log_step_ - log_average_);
  }
  double step() const { return std::exp(log_step_); }
  double settled() const { return std::exp(log_average_); }

 private:
  static constexpr double kTarget = 0.8;
  double mean_ = 0;
  double log_step_ = 0;
  double log_average_ = 0;
  double error_ = 0;
  double count_ = 0;
};

class Chain {
 public:
  Chain(const tgc::Engine& engine, size_t size, unsigned seed)
      : density_(engine), random_(seed), variance_(size, 1), step_(0.1) {
    for (size_t i = 0; i < size; ++i) here_.theta.push_back(0.5 * normal_(random_));
    density_.evaluate(here_);
  }

  // Draws, after as many steps that adapt the step size and the scale of each parameter.
  void run(int draws) {
    Vector mean(here_.theta.size());
    Vector squares(here_.theta.size());
    int seen = 0;
    int window = 25;
    for (int i = 0, next = 75; i < draws; ++i) {
      step_.learn(transition(step_.step()));
      if (i < 50 || i >= draws - 50) continue;
      ++seen;
      for (size_t k = 0; k < mean.size(); ++k) {
        const double delta = here_.theta[k] - mean[k];
        mean[k] += delta / seen;
        squares[k] += delta * (here_.theta[k] - mean[k]);
      }
      if (i + 1 < next) continue;
      for (size_t k = 0; k < mean.size(); ++k) {
        variance_[k] = (squares[k] / (seen - 1) * seen + 5e-3) / (seen + 5);
      }
      std::fill(mean.begin(), mean.end(), 0);
      std::fill(squares.begin(), squares.end(), 0);
      seen = 0;
      window *= 2;
      next += window;
      if (next + 2 * window > draws - 50) next = draws - 50;
      step_.restart(step_.settled());
    }
    calls_ = divergences_ = 0;
    for (int i = 0; i < draws; ++i) {
      acceptance_ += transition(step_.settled()) / draws;
      samples_.push_back(here_.theta);
    }
  }

  const std::vector<Vector>& samples() const { return samples_; }
  double acceptance() const { return acceptance_; }
  int calls() const { return calls_; }
  int divergences() const { return divergences_; }

 private:
  // A part of the trajectory: its ends, a state drawn from it, and the sum of all momenta.
  struct Tree {
    Point left;
    Point right;
    Point draw;
    Vector momenta;
    double log_weight = -INFINITY;
    bool goes_on = true;
  };

  double energy(const Point& point) const {
    double kinetic = 0;
    for (size_t i = 0; i < variance_.size(); ++i) {
      kinetic += 0.5 * variance_[i] * point.momentum[i] * point.momentum[i];
    }
    return kinetic - point.log_density;
  }

  Point leap(const Point& from, double step) {
    Point to = from;
    for (size_t i = 0; i < variance_.size(); ++i) {
      to.momentum[i] += 0.5 * step * to.gradient[i];
      to.theta[i] += step * variance_[i] * to.momentum[i];
    }
    density_.evaluate(to);
    ++calls_;
    for (size_t i = 0; i < variance_.size(); ++i) to.momentum[i] += 0.5 * step * to.gradient[i];
    return to;
  }

  // Do both ends still move away from one another?
  bool spreads(const Tree& tree) const {
    Vector velocity(variance_.size());
    for (size_t i = 0; i < velocity.size(); ++i) velocity[i] = variance_[i] * tree.momenta[i];
    return dot(velocity, tree.left.momentum) > 0 && dot(velocity, tree.right.momentum) > 0;
  }

  // 2^depth steps from `from`, in the direction of `step`.
  Tree grow(const Point& from, double step, int depth) {
    if (depth == 0) {
      Tree leaf;
      leaf.draw = leap(from, step);
      const double error = energy(leaf.draw) - start_energy_;
      leaf.goes_on = error < 1000;  // also false for NaN
      if (!leaf.goes_on) ++divergences_;
      leaf.log_weight = leaf.goes_on ? -error : -INFINITY;
      accepted_ += leaf.goes_on ? std::min(1.0, std::exp(-error)) : 0;
      ++steps_;
      leaf.left = leaf.right = leaf.draw;
      leaf.momenta = leaf.draw.momentum;
      return leaf;
    }
    Tree tree = grow(from, step, depth - 1);
    if (!tree.goes_on) return tree;
    join(tree, grow(step > 0 ? tree.right : tree.left, step, depth - 1), step, false);
    return tree;
  }

  // Adds what was grown at one end. At the top, newer states are preferred.
  void join(Tree& tree, Tree&& more, double step, bool is_top) {
    const double all = log_add(tree.log_weight, more.log_weight);
    const double against = is_top ? tree.log_weight : all;
    if (more.goes_on && std::log(uniform_(random_)) < more.log_weight - against) {
      tree.draw = std::move(more.draw);
    }
    if (step > 0) tree.right = std::move(more.right);
    if (step < 0) tree.left = std::move(more.left);
    for (size_t i = 0; i < tree.momenta.size(); ++i) tree.momenta[i] += more.momenta[i];
    tree.log_weight = all;
    tree.goes_on = more.goes_on && spreads(tree);
  }

  // One draw; gives the average acceptance of the states it went through.
  double transition(double step) {
    constexpr int kMostDepth = 10;
    here_.momentum.resize(variance_.size());
    for (size_t i = 0; i < variance_.size(); ++i) {
      here_.momentum[i] = normal_(random_) / std::sqrt(variance_[i]);
    }
    start_energy_ = energy(here_);
    accepted_ = steps_ = 0;
    Tree tree;
    tree.left = tree.right = tree.draw = here_;
    tree.momenta = here_.momentum;
    tree.log_weight = 0;
    for (int depth = 0; depth < kMostDepth && tree.goes_on; ++depth) {
      const double signed_step = uniform_(random_) < 0.5 ? -step : step;
      join(tree, grow(signed_step > 0 ? tree.right : tree.left, signed_step, depth), signed_step,
           true);
    }
    here_ = std::move(tree.draw);
    return accepted_ / steps_;
  }

  Density density_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
  Vector variance_;  // of each parameter: the inverse of the mass
  StepSize step_;
  Point here_;
  double start_energy_ = 0;
  double accepted_ = 0;
  double steps_ = 0;
  std::vector<Vector> samples_;
  double acceptance_ = 0;
  int calls_ = 0;
  int divergences_ = 0;
};

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments(const Vector& values) {
  Moments result;
  for (const double value : values) result.mean += value / static_cast<double>(values.size());
  for (const double value : values) {
    result.variance += (value - result.mean) * (value - result.mean);
  }
  result.variance /= static_cast<double>(values.size() - 1);
  return result;
}

// Of parameter k: mean, standard deviation, and split R-hat, which is 1 where all halves of all
// chains agree (Gelman et al., Bayesian Data Analysis, 2013).
void report(const std::vector<Chain>& chains, size_t k) {
  Vector all;
  Vector means;
  Vector variances;
  for (const Chain& chain : chains) {
    const size_t half = chain.samples().size() / 2;
    for (const size_t first : {size_t{0}, half}) {
      Vector values;
      for (size_t i = 0; i < half; ++i) values.push_back(chain.samples()[first + i][k]);
      const Moments part = moments(values);
      means.push_back(part.mean);
      variances.push_back(part.variance);
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  const Moments whole = moments(all);
  const double within = moments(variances).mean;
  const auto half = static_cast<double>(all.size() / means.size());
  const double r_hat = std::sqrt((half - 1) / half + moments(means).variance / within);
  std::printf("theta[%2zu]  mean %8.4f  sd %7.4f  R-hat %.3f\n", k, whole.mean,
              std::sqrt(whole.variance), r_hat);
}

int sample(const char* bundle, int draws, unsigned seed) {
  constexpr size_t kParameters = 12;
  constexpr unsigned kChains = 4;
  tgc::EngineOptions options;
  options.threads = 1;  // each chain has its own thread
  const tgc::Engine engine(bundle, options);
  std::vector<Chain> chains;
  for (unsigned i = 0; i < kChains; ++i) chains.emplace_back(engine, kParameters, seed + i);
  std::vector<std::thread> threads;
  std::vector<std::exception_ptr> failures(kChains);
  for (unsigned i = 0; i < kChains; ++i) {
    threads.emplace_back([&, i] {
      try {
        chains[i].run(draws);
      } catch (...) {
        failures[i] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  for (size_t k = 0; k < kParameters; ++k) report(chains, k);
  for (const Chain& chain : chains) {
    std::printf("%d draws, %d gradients, acceptance %.2f, %d divergent\n", draws, chain.calls(),
                chain.acceptance(), chain.divergences());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int draws = argc > 2 ? std::atoi(argv[2]) : 1000;
  if (argc < 2 || argc > 4 || draws < 200) {
    std::fprintf(stderr, "usage: nuts BUNDLE [DRAWS [SEED]]   (at least 200 draws)\n");
    return 2;
  }
  try {
    return sample(argv[1], draws, argc > 3 ? static_cast<unsigned>(std::atoi(argv[3])) : 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nuts: %s\n", error.what());
    return 1;
  }
}
