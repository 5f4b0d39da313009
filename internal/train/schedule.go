package train

import (
	"math"

	"vae/internal/config"
)

// Rate is the learning rate of a step of training, both counted from 0: of the
// epoch's steps it is the one with that number. The stages are those of Burda et
// al. 2015: stage i = 0, 1, ... lasts 3^i epochs at 10^(-i/7) times the full rate.
func Rate(t config.Train, s config.Schedule, epoch, step, stepsPerEpoch int) float64 {
	done := epoch*stepsPerEpoch + step
	rate := t.LearningRate
	switch s.Kind {
	case config.Constant:
	case config.Step:
		rate *= math.Pow(s.Factor, math.Floor(float64(epoch)/s.Every))
	case config.Cosine: // Loshchilov and Hutter 2017, without restarts
		progress := float64(done) / float64(t.Epochs*stepsPerEpoch)
		rate *= s.Factor + (1-s.Factor)*0.5*(1+math.Cos(math.Pi*progress))
	case config.Stages:
		rate *= math.Pow(10, -float64(stage(epoch))/7)
	default:
		panic("train: schedule " + string(s.Kind))
	}
	if done < t.Warmup {
		rate *= float64(done+1) / float64(t.Warmup)
	}
	return rate
}

// stage is the greatest i such that stages 0..i-1, of 3^0 + ... + 3^(i-1) epochs,
// are over.
func stage(epoch int) int {
	i, length := 0, 1
	for end := 1; epoch >= end; end += length {
		i++
		length *= 3
	}
	return i
}
