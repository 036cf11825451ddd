import { expect, test } from "vitest";
import { SECCOMP_PROFILE } from "../../../src/sandbox/seccomp.ts";
import { containerOptions, gaugeOptions, labelsOf, overlayOptions, ownerOf } from "../../../src/sandbox/spec.ts";
import type { ContainerSettings } from "../../../src/sandbox/spec.ts";

const overlay = { kind: "overlay", lower: ["/layer", "/base"], upper: "/upper", work: "/work" } as const;
const settings: ContainerSettings = {
  image: "sandbox:test",
  name: "journeyman-x",
  owner: { instance: "one", run: "r1", epoch: 3 },
  memoryMb: 1024,
  cpus: 1.5,
  volume: overlay,
  writable: true,
  egress: false,
  environment: [],
};

test("S63 to S77 a sandbox has no network, no capability, no privilege, no writable root and bounded resources", () => {
  expect(containerOptions(settings)).toMatchObject({
    User: "10001:10001",
    Tty: false,
    StdinOnce: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      Privileged: false,
      ReadonlyRootfs: true,
      PidsLimit: 512,
      Memory: 2 ** 30,
      MemorySwap: 2 ** 30,
      NanoCpus: 1.5e9,
      IpcMode: "private",
      PidMode: "",
      UsernsMode: "",
      Binds: [],
      Devices: [],
      ExtraHosts: [],
      LogConfig: { Type: "none" },
      RestartPolicy: { Name: "no" },
      Init: false,
    },
  });
  const security = containerOptions(settings).HostConfig?.SecurityOpt ?? [];
  expect(security[0]).toBe("no-new-privileges:true");
  expect(JSON.parse((security[1] ?? "").replace(/^seccomp=/, ""))).toEqual(SECCOMP_PROFILE);
});

test("nothing of the host but the workspace is mounted, also while installing", () => {
  const targets = (change: Partial<ContainerSettings>) =>
    containerOptions({ ...settings, ...change }).HostConfig?.Mounts?.map(({ Type, Target, ReadOnly }) =>
      [Type, Target, ReadOnly].join(" "),
    );
  expect(targets({})).toEqual(["volume /workspace false"]);
  expect(targets({ writable: false })).toEqual(["volume /workspace true"]);
  expect(targets({ egress: true })).toEqual(["volume /workspace false"]);
});

test("PID 1 listens for connections only where dependencies are installed", () => {
  expect(containerOptions(settings).Cmd).toEqual([]);
  expect(containerOptions({ ...settings, egress: true }).Cmd).toEqual(["egress"]);
});

test("what measures a sandbox's volume may read it whole, and do nothing else that a sandbox may not", () => {
  const { HostConfig: gauge, ...options } = gaugeOptions({ ...settings, egress: true });
  const { HostConfig: sandbox } = containerOptions(settings);
  expect(options).toMatchObject({ name: "journeyman-x-gauge", User: "0:0", Cmd: [] });
  expect(gauge).toMatchObject({ CapDrop: ["ALL"], CapAdd: ["DAC_READ_SEARCH"], NetworkMode: "none" });
  expect(gauge?.SecurityOpt).toEqual(sandbox?.SecurityOpt);
  expect(gauge?.Mounts).toEqual([expect.objectContaining({ Source: "journeyman-x", ReadOnly: true })]);
});

test("an overlay's changes never refer to what is below it", () => {
  expect(overlayOptions(overlay)).toEqual({
    type: "overlay",
    device: "overlay",
    o: "lowerdir=/layer:/base,upperdir=/upper,workdir=/work,redirect_dir=off,metacopy=off,index=off",
  });
});

test("the owner that labels tell is the owner they were made from; other labels tell none", () => {
  expect(ownerOf(labelsOf(settings.owner))).toEqual(settings.owner);
  expect(ownerOf({})).toBeNull();
  expect(ownerOf(null)).toBeNull();
  expect(ownerOf({ ...labelsOf(settings.owner), "app.epoch": "x" })).toBeNull();
});

test("no variable of the environment holds a credential or points outside", () => {
  expect(containerOptions(settings).Env?.map((pair) => pair.split("=")[0])).toEqual([
    "HOME",
    "PATH",
    "LANG",
    "CI",
    "GIT_TERMINAL_PROMPT",
  ]);
});

test("D7 the profile refuses by default and never allows what it exists to refuse", () => {
  expect(SECCOMP_PROFILE.defaultAction).toBe("SCMP_ACT_ERRNO");
  const allowed = new Set(
    SECCOMP_PROFILE.syscalls
      .filter(({ action, args }) => action === "SCMP_ACT_ALLOW" && args === undefined)
      .flatMap(({ names }) => names),
  );
  // prettier-ignore
  const refused = ["io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "ptrace", "process_vm_readv",
    "process_vm_writev", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "open_by_handle_at", "unshare",
    "setns", "mount", "umount2", "move_mount", "fsopen", "open_tree", "pivot_root", "chroot", "clone", "clone3", "socket",
    "socketcall", "personality", "prlimit64", "pidfd_getfd", "init_module", "finit_module", "kexec_load", "reboot",
    "swapon", "syslog", "acct", "quotactl", "iopl", "ioperm", "modify_ldt", "kcmp", "settimeofday", "clock_settime"];
  expect(refused.filter((name) => allowed.has(name))).toEqual([]);
  expect(allowed.has("")).toBe(false);
});

test("D7 sockets are of four families, and netlink of one protocol", () => {
  const rules = SECCOMP_PROFILE.syscalls.filter(({ names }) => names.includes("socket"));
  const families = rules.map(({ args }) => args?.map(({ index, value }) => [index, value]));
  expect(families).toEqual([[[0, 1]], [[0, 2]], [[0, 10]], [[0, 16], [2, 0]]]); // prettier-ignore
});
