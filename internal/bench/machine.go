package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// processor names the processor as Linux does, with the figures that tell its kind.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	facts := map[string]string{}
	for line := range strings.Lines(string(info)) {
		name, value, _ := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); facts[name] == "" {
			facts[name] = strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s, family %s model %s", facts["model name"], facts["cpu family"], facts["model"])
}
