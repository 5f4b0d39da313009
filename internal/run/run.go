// Package run keeps a training run in a directory and finds it again:
//
//	model.safetensors   the best weights, with configuration and provenance
//	state.safetensors   what resuming needs: last weights, optimiser moments
//	state.previous.safetensors   the state before that, should that be damaged
//	config.yaml         the resolved configuration
//	metrics.csv         one row an epoch
//	latents.csv         the same, of what each latent carries
//	snapshots/          where they are asked for, a picture an epoch
//
// docs/file-formats.md describes them. model.safetensors is self-contained. Files
// are replaced atomically, the tables grow by whole lines, and none but metrics.csv holds
// a time (a state in the middle of an epoch excepted) or the path of the run: the
// same training gives the same model, byte for byte. Models and states carry a
// checksum over all of their bytes. Tensors are names, shapes and values here; what they mean is the affair of
// the packages above.
//
// Every error names the file, and every float that a file cannot keep is refused
// before anything is written.
package run

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/gofrs/flock"

	"vae/internal/config"
)

// FormatVersion is the version of model.safetensors and state.safetensors that
// this program writes. Of older ones it reads models of version 1, which have no
// checksum.
const FormatVersion = 2

// The files of a run.
const (
	ModelFile    = "model.safetensors"
	StateFile    = "state.safetensors"
	PreviousFile = "state.previous.safetensors"
	ConfigFile   = "config.yaml"
	MetricsFile  = "metrics.csv"
	LatentsFile  = "latents.csv"
)

// A Tensor is a named array of finite values in row-major order.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// Info says where weights come from.
type Info struct {
	Program       string             // name and version of the program that wrote the file
	Dataset       string             // name of the training data
	DatasetSHA256 string             // their digest, in hexadecimal
	PixelMean     float64            // mean of the training pixels, 0 to 1
	Seed          uint64             // of the run
	Epoch         int                // full passes over the training data
	Step          int                // optimiser steps
	Metrics       map[string]float64 // figures of that moment, all finite
	Unseen        []string           // classes of a conditional model of which there was no training image
}

// A Model is the content of model.safetensors: the weights, and all that is needed
// to use them.
type Model struct {
	Config  config.Config
	Info    Info
	Scores  *Scores  // of training images; nil for none
	Latents *Latents // of their codes; nil for none
	Tensors []Tensor
}

// A State is the content of state.safetensors: the last weights and the moments of
// the optimiser. BestEpoch is 0 before the first epoch has ended; BestLoss is in
// nats per image and may be infinite or NaN.
type State struct {
	Config    config.Config
	Info      Info
	BestEpoch int
	BestLoss  float64
	Phase     Phase
	Kernels   string // what the last bits depend on; "" where nothing tells
	Progress  Progress
	Tensors   []Tensor
}

// A Phase is one of full KL weight, while the training waits for a better validation loss:
// its best epoch, 0 where there is none or nothing waits, and the loss of that.
type Phase struct {
	Epoch int
	Loss  float64 // nats per image
}

// A Dir is the directory of one run, of which this process has the lock until it is
// closed. Its methods are not safe for concurrent use.
type Dir struct {
	path string
	made []string     // folders that were made for it, the innermost first
	held *flock.Flock // nil on a file system without locks
}

// Path returns the directory as it was named.
func (d *Dir) Path() string { return d.path }

// checkTensors refuses values that are not finite.
func checkTensors(tensors []Tensor) error {
	for _, t := range tensors {
		for i, v := range t.Data {
			if v64 := float64(v); math.IsNaN(v64) || math.IsInf(v64, 0) {
				return fmt.Errorf("tensor %q holds %v at position %d, not a finite number", t.Name, v, i)
			}
		}
	}
	return nil
}

// inFile puts the file before err, without the path that err itself may carry.
func inFile(file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", file, reason(err))
}

// reason returns what is left of a file system's error without operation and path.
func reason(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
