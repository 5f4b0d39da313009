package world

import (
	"encoding/json"
	"fmt"
)

// Told returns what process 0 has, by way of JSON; what the others have is not looked at.
func Told[T any](w World, own T) (of0 T, err error) {
	if w.Size() == 1 {
		return own, nil
	}
	var text []byte
	if w.Rank() == 0 {
		if text, err = json.Marshal(own); err != nil {
			return own, err
		}
	}
	if text, err = w.Broadcast(text); err != nil || w.Rank() == 0 {
		return own, err
	}
	return of0, json.Unmarshal(text, &of0)
}

// Same has all processes fail where one has something else than process 0, by what differs says of it; "" is nothing.
func Same[T any](w World, own T, differs func(of0, own T) string) error {
	of0, err := Told(w, own)
	if err != nil || w.Size() == 1 {
		return err
	}
	return Agree(w, differs(of0, own))
}

// Differs is what all say of a thing of which a process has another than process 0.
func Differs(what, of0, own string) string {
	return fmt.Sprintf("its %s %s, that of process 0 %s", what, own, of0)
}

// Build is what decides the bits of a process's figures beside what it is told to do.
type Build struct {
	Program string // name and release
	Kernels string // a name that kernels of the same last bits have
}

// SameBuild refuses processes whose figures may differ in their last bits, or that may not understand what the others send:
// who joins a world asks this before anything else.
func SameBuild(w World, own Build) error {
	return Same(w, own, func(of0, own Build) string {
		switch {
		case own.Program != of0.Program:
			return Differs("program is", of0.Program, own.Program)
		case own.Kernels != of0.Kernels:
			return Differs("kernels are", of0.Kernels, own.Kernels)
		}
		return ""
	})
}
