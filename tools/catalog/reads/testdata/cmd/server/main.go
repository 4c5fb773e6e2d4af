// Command server reads settings in the ways that the real one does. The name of each says when it is read.
package main

import (
	"fmt"
	"sync"

	"go.temporal.io/server/common/dynamicconfig"
	"go.uber.org/fx"
)

var (
	StartInConstructor     dynamicconfig.IntSetting
	StartThroughField      dynamicconfig.IntSetting
	StartThroughParameter  dynamicconfig.IntSetting
	StartThroughVariable   dynamicconfig.IntSetting
	StartInHook            dynamicconfig.IntSetting
	StartBehindInterface   dynamicconfig.IntSetting
	StartThoughDeadCode    dynamicconfig.IntSetting
	LiveInHandler          dynamicconfig.IntSetting
	LiveThroughField       dynamicconfig.IntSetting
	LiveThroughParameter   dynamicconfig.IntSetting
	LiveAtStartAndLater    dynamicconfig.IntSetting
	LiveInFunctionLiteral  dynamicconfig.IntSetting
	LiveInGoroutine        dynamicconfig.IntSetting
	LiveBySubscription     dynamicconfig.IntSetting
	LiveInConstructorLater dynamicconfig.IntSetting
	UnknownNeverRead       dynamicconfig.IntSetting
	UnknownInInterface     dynamicconfig.IntSetting
	UnknownReturned        dynamicconfig.IntSetting
	UnknownInStart         dynamicconfig.IntSetting
	UnknownInOnce          dynamicconfig.IntSetting
)

type config struct {
	atStart, later, both func() int
}

func newConfig(dc *dynamicconfig.Collection) *config {
	return &config{
		atStart: StartThroughField.Get(dc),
		later:   LiveThroughField.Get(dc),
		both:    LiveAtStartAndLater.Get(dc),
	}
}

type handler struct {
	config    *config
	dc        *dynamicconfig.Collection
	size      int
	limit     func() int
	refreshed func() int
	once      sync.Once
}

func newHandler(c *config, dc *dynamicconfig.Collection) *handler {
	size := StartInConstructor.Get(dc)() + c.atStart() + c.both()
	held := StartThroughVariable.Get(dc)
	_ = LiveBySubscription.Subscribe(dc)(func(int) {})
	var maker factory = caches{}
	fx.Append(fx.Hook{OnStart: func() { fmt.Println(StartInHook.Get(dc)()) }})
	go func() { fmt.Println(LiveInGoroutine.Get(dc)()) }()
	return &handler{
		config:    c,
		dc:        dc,
		size:      size + held() + sized(StartThroughParameter.Get(dc)) + maker.make(dc) + StartThoughDeadCode.Get(dc)(),
		limit:     kept(LiveThroughParameter.Get(dc)),
		refreshed: func() int { return LiveInFunctionLiteral.Get(dc)() },
	}
}

type factory interface {
	make(*dynamicconfig.Collection) int
}

type caches struct{}

func (caches) make(dc *dynamicconfig.Collection) int { return StartBehindInterface.Get(dc)() }

func sized(size func() int) int { return size() }

func kept(limit func() int) func() int {
	return func() int { return 2 * limit() }
}

func lost(dc *dynamicconfig.Collection) func() int { return UnknownReturned.Get(dc) }

func show(values ...any) { fmt.Println(values...) }

func (h *handler) Start() { fmt.Println(UnknownInStart.Get(h.dc)()) }

func (h *handler) ServeHTTP() {
	newSession(h.dc)
	h.once.Do(func() { fmt.Println(UnknownInOnce.Get(h.dc)()) })
	show(LiveInHandler.Get(h.dc)(), h.config.later(), h.config.both(), UnknownInInterface.Get(h.dc), lost(h.dc))
}

func newSession(dc *dynamicconfig.Collection) int { return LiveInConstructorLater.Get(dc)() }

func serverOfTests(dc *dynamicconfig.Collection) int { return StartThoughDeadCode.Get(dc)() }

type server interface{ ServeHTTP() }

func main() {
	fx.Provide(newConfig, newHandler)
	var served server = newHandler(nil, nil)
	go served.ServeHTTP()
}
