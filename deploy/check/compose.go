package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

type service struct {
	Image       string             `json:"image"`
	Target      string             `json:"target"`
	Environment map[string]*string `json:"environment"`
	GraceS      float64            `json:"graceS"`
}

// readCompose loads a file as Compose does: schema, interpolation, merge keys, consistency. Variables that the example
// leaves empty are what the reader must fill in; here they get a filler.
func readCompose(file, envFile string) (map[string]service, error) {
	environment, err := dotenv.Read(envFile)
	if err != nil {
		return nil, err
	}
	for name, value := range environment {
		if value == "" {
			environment[name] = "filled-in"
		}
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	project, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []types.ConfigFile{{Filename: file}},
		Environment: environment,
	}, func(options *loader.Options) { options.SetProjectName("callplane", true) })
	if err != nil {
		return nil, err
	}
	services := map[string]service{}
	var problems []error
	for name, found := range project.Services {
		services[name] = describe(found)
		for _, volume := range found.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(volume.Source); err != nil {
				problems = append(problems, fmt.Errorf("service %s mounts %s, which does not exist", name, volume.Source))
			}
		}
	}
	return services, errors.Join(problems...)
}

func describe(found types.ServiceConfig) service {
	described := service{Image: found.Image, Environment: found.Environment}
	if found.Build != nil {
		described.Target = found.Build.Target
	}
	if found.StopGracePeriod != nil {
		described.GraceS = float64(*found.StopGracePeriod) / 1e9
	}
	return described
}
