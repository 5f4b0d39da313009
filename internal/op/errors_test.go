package op

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/conv"
	"vae/internal/kernel"
	"vae/internal/norm"
)

func TestShapesThatDoNotFitAreErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	of := func(shape ...int) *gorgonia.Node {
		return variable(g, "in", make([]float32, tensor.Shape(shape).TotalSize()), shape)
	}
	wide := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("wide"), gorgonia.WithShape(2, 3))
	var scale GradientScale
	m := of(2, 3)
	square := conv.Geometry{Height: 2, Width: 2, Channels: 1, Filters: 1, KernelHeight: 2, KernelWidth: 2, Stride: 1}
	beyond := square
	beyond.Height, beyond.Width = 1, 1
	for name, err := range map[string]error{
		"dense input":           second(Dense(m, of(3, 4), of(3), kernel.ReLU, true)),
		"dense bias":            second(Dense(m, of(4, 3), of(3), kernel.ReLU, true)),
		"dense rank":            second(Dense(of(3), of(4, 3), of(3), kernel.ReLU, true)),
		"dense type":            second(Dense(wide, of(4, 3), of(4), kernel.ReLU, true)),
		"batch norm channels":   second(BatchNorm(m, of(2), of(2), nil, norm.Batch{}, norm.Running{}, true)),
		"batch norm bias":       second(BatchNorm(m, of(3), of(1), nil, norm.Batch{}, norm.Running{}, true)),
		"batch norm nothing":    second(BatchNorm(m, of(0), of(0), nil, norm.Batch{}, norm.Running{}, true)),
		"batch norm rank":       second(BatchNorm(of(6), of(3), of(3), nil, norm.Batch{}, norm.Running{}, true)),
		"batch norm rows":       second(BatchNorm(m, of(3), of(3), of(4), norm.Batch{}, norm.Running{}, true)),
		"batch norm of no rows": second(BatchNorm(m, of(3), of(3), of(0), norm.Batch{}, norm.Running{}, true)),
		"fold channels":         third(FoldBatchNorm(of(4, 3), of(3), of(3), of(3), 0, norm.Batch{}, norm.Running{})),
		"fold axis":             third(FoldBatchNorm(of(4, 3), of(3), of(3), of(3), 2, norm.Batch{}, norm.Running{})),
		"fold scale":            third(FoldBatchNorm(of(4, 3), of(4), of(3), of(4), 0, norm.Batch{}, norm.Running{})),
		"group norm groups":     second(GroupNorm(m, of(3), of(3), nil, norm.Group{Groups: 2}, true)),
		"group norm of none":    second(GroupNorm(m, of(3), of(3), nil, norm.Group{}, true)),
		"group norm rows":       second(GroupNorm(m, of(3), of(3), of(2, 1), norm.Group{Groups: 3}, true)),
		"pool shape":            second(AveragePool(m, Resize{2, 2, 1, 2})),
		"pool of too few":       second(AveragePool(m, Resize{1, 3, 1, 2})),
		"pool by nothing":       second(AveragePool(m, Resize{1, 3, 1, 0})),
		"upsample shape":        second(Upsample(m, Resize{2, 2, 1, 2})),
		"bernoulli shape":       second(BernoulliNLL(m, of(3, 2))),
		"bernoulli rows":        second(BernoulliNLL(of(5, 3), m)),
		"gaussian type":         second(GaussianNLL(wide, m, 1)),
		"squared pixels":        second(SquaredError(m, of(2, 4))),
		"squared rows":          second(SquaredError(of(3, 3), m)),
		"squared rank":          second(SquaredError(of(3), m)),
		"squared data":          second(SquaredError(m, of(3))),
		"squared nothing":       second(SquaredError(m, of(0, 3))),
		"kl shape":              second(StandardNormalKL(m, of(3, 2))),
		"dot shape":             second(Dot(of(4), of(3))),
		"clamp rank":            second(Clamp(of(2, 3, 4), 0, 1, nil)),
		"stop scalar":           second(Stop(gorgonia.NewConstant(float32(1)))),
		"clamp scalar":          second(Clamp(gorgonia.NewConstant(float32(1)), 0, 1, nil)),

		"learned pixels":   second(LearnedGaussianNLL(m, of(1), of(2, 4))),
		"learned rows":     second(LearnedGaussianNLL(of(3, 3), of(1), m)),
		"learned variance": second(LearnedGaussianNLL(m, of(2), m)),
		"learned rank":     second(LearnedGaussianNLL(m, of(1, 1), m)),
		"learned nothing":  second(LearnedGaussianNLL(m, of(1), of(0, 3))),
		"learned type":     second(LearnedGaussianNLL(wide, of(1), m)),

		"optimal pixels":  second(OptimalGaussianNLL(m, of(2, 4), nil, nil)),
		"optimal weights": second(OptimalGaussianNLL(m, m, of(4), nil)),
		"optimal rank":    second(OptimalGaussianNLL(m, m, of(2, 1), nil)),
		"logistic pixels": second(LogisticNLL(m, of(1), of(2, 4), 256)),
		"logistic scales": second(LogisticNLL(m, of(2), m, 256)),
		"logistic rank":   second(LogisticNLL(m, of(1, 1), m, 256)),
		"numbers a pixel": second(PixelNLL("test", of(2, 10), of(2, 4), 10, 3, nil)),
		"numbers in all":  second(PixelNLL("test", of(2, 20), of(2, 3), 10, 3, nil)),

		"ratio prior mean": second(LogDensityRatio(m, of(3, 2), m, m, m)),
		"ratio prior var":  second(LogDensityRatio(m, m, of(2, 2), m, m)),
		"ratio var":        second(LogDensityRatio(m, m, m, of(1, 3), m)),
		"ratio noise":      second(LogDensityRatio(m, m, m, m, of(6))),
		"ratio rank":       second(LogDensityRatio(of(3), of(3), of(3), of(3), of(3))),
		"prior ratio":      second(LogPriorRatio(m, m, of(3, 2))),
		"path ratio":       second(PathLogPriorRatio(m, of(3, 2), m)),
		"path rank":        second(PathLogPriorRatio(of(3), of(3), of(3))),

		"join rows": second(JoinPlanes(m, of(3, 1), 1)),
		"join left": second(JoinPlanes(of(3), m, 1)),
		"join rank": second(JoinPlanes(m, of(2), 1)),
		"join none": second(JoinPlanes(m, of(0, 2), 1)),

		"planes pixels": second(JoinPlanes(m, of(2, 1), 2)),
		"planes none":   second(JoinPlanes(m, of(2, 1), 0)),

		"conv input":      second(Conv(of(2, 5), of(1, 1, 2, 2), of(1), square, Ends{Activation: kernel.ReLU, InputGradient: true})),
		"conv weight":     second(Conv(of(2, 4), of(1, 1, 2, 1), of(1), square, Ends{Activation: kernel.ReLU, InputGradient: true})),
		"conv bias":       second(Conv(of(2, 4), of(1, 1, 2, 2), of(2), square, Ends{Activation: kernel.ReLU, InputGradient: true})),
		"conv rank":       second(Conv(of(2, 4), of(4, 1), of(1), square, Ends{Activation: kernel.ReLU, InputGradient: true})),
		"conv kernel":     second(Conv(of(2, 1), of(1, 1, 2, 2), of(1), beyond, Ends{Activation: kernel.ReLU, InputGradient: true})),
		"transpose input": second(ConvTranspose(of(2, 4), of(1, 1, 2, 2), of(1), square, Ends{Activation: kernel.ReLU, InputGradient: true})),
		"transpose bias":  second(ConvTranspose(of(2, 1), of(1, 1, 2, 2), of(3), square, Ends{Activation: kernel.ReLU, InputGradient: true})),
		"add shape":       second(Add(m, of(3, 2))),
		"add rank":        second(Add(of(3), of(3))),
		"multiply shape":  second(Multiply(m, of(2, 2))),
		"conv left":       second(Conv(of(2, 4), of(1, 1, 2, 2), of(1), square, Ends{Activation: kernel.SiLU, Left: true})),
		"conv before":     second(Conv(of(2, 4), of(1, 1, 2, 2), of(1), square, Ends{Before: kernel.GELU})),
		"activate left":   second(Activate(m, kernel.SiLU, true)),
		"activate rank":   second(Activate(of(3), kernel.ReLU, false)),
		"flatten none":    second(Flatten(m, 0)),
		"flatten odd":     second(Flatten(m, 2)),
		"unflatten rank":  second(Unflatten(of(3), 3)),

		"scale": second(scale.Apply(of(3))),

		"score nll":      second(ScoreFunction(of(3), m, m, m, of(1), 1, false)),
		"score rank":     second(ScoreFunction(m, m, m, m, of(1), 1, false)),
		"score mu":       second(ScoreFunction(of(2), of(2), m, m, of(1), 1, false)),
		"score logvar":   second(ScoreFunction(of(2), m, of(2, 2), m, of(1), 1, false)),
		"score noise":    second(ScoreFunction(of(2), m, m, of(2, 2), of(1), 1, false)),
		"score baseline": second(ScoreFunction(of(2), m, m, m, of(2), 1, false)),
		"score samples":  second(ScoreFunction(of(2), m, m, m, of(1), 3, false)),
		"score none":     second(ScoreFunction(of(2), m, m, m, of(1), 0, false)),
		"score alone":    second(ScoreFunction(of(2), m, m, m, of(1), 1, true)),

		"free logvar": second(FreeBitsKL(m, of(3, 2), of(2), of(1), 0)),
		"free weight": second(FreeBitsKL(m, m, of(3), of(1), 0)),
		"free scale":  second(FreeBitsKL(m, m, of(2), of(2), 0)),
		"free rank":   second(FreeBitsKL(of(3), of(3), of(3), of(1), 0)),
		"rate weight": second(RateKL(m, of(3), 0.1)),
		"rate rank":   second(RateKL(of(3), of(3), 0.1)),
		"l1 rank":     second(L1(of(3))),

		"repeat none":  second(RepeatRows(m, 0)),
		"repeat rank":  second(RepeatRows(of(3), 2)),
		"mean samples": second(MeanOfSamples(of(4), 3)),
		"mean rank":    second(MeanOfSamples(m, 2)),
		"mean none":    second(MeanOfSamples(of(4), 0)),
		"exp samples":  second(LogMeanExp(of(4), 3)),
		"exp none":     second(LogMeanExp(of(4), 0)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: an error of several lines: %q", name, err)
		}
	}
}

func second(_ *gorgonia.Node, err error) error { return err }

func third(_, _ *gorgonia.Node, err error) error { return err }
