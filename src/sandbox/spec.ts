import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import { SECCOMP_PROFILE } from "./seccomp.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** The uid and gid of everything in a sandbox, and the owner of the files it may write. */
export const SANDBOX_UID = 10_001;

export const LABELS = {
  instance: "app.instance",
  run: "app.run",
  epoch: "app.epoch",
  version: "app.v",
} as const;

export interface Ownership {
  readonly instance: string;
  readonly run: string;
  readonly epoch: number;
}

export const labelsOf = (owner: Ownership): Record<string, string> => ({
  [LABELS.instance]: owner.instance,
  [LABELS.run]: owner.run,
  [LABELS.epoch]: String(owner.epoch),
  [LABELS.version]: "1",
});

/** Whom a labelled thing belongs to; null when the labels are not ours to read. */
export function ownerOf(labels: Readonly<Record<string, string>> | null | undefined): Ownership | null {
  const instance = labels?.[LABELS.instance];
  const run = labels?.[LABELS.run];
  const epoch = Number(labels?.[LABELS.epoch]);
  return instance === undefined || run === undefined || !Number.isInteger(epoch) ? null : { instance, run, epoch };
}

/** Where the files of `/workspace` come from. */
export type WorkspaceVolume =
  | { readonly kind: "overlay"; readonly lower: readonly string[]; readonly upper: string; readonly work: string }
  | { readonly kind: "plain" };

export interface ContainerSettings {
  readonly image: string;
  /** Name of the container and of its volume. */
  readonly name: string;
  readonly owner: Ownership;
  readonly memoryMb: number;
  readonly cpus: number;
  readonly volume: WorkspaceVolume;
  readonly writable: boolean;
  /** Whether PID 1 listens for connections to the registries: only while dependencies are installed. */
  readonly egress: boolean;
  readonly environment: readonly string[];
}

const ENVIRONMENT = [
  "HOME=/tmp/home",
  "PATH=/usr/local/bin:/usr/bin:/bin",
  "LANG=C.UTF-8",
  "CI=1",
  "GIT_TERMINAL_PROMPT=0",
];

/** What package managers read to go to 127.0.0.1:3128, whence PID 1 carries their connections to the registry proxy. */
export const INSTALL_ENVIRONMENT = [
  "npm_config_registry=http://127.0.0.1:3128/npm/",
  "PIP_INDEX_URL=http://127.0.0.1:3128/pypi/simple/",
  "PIP_DISABLE_PIP_VERSION_CHECK=1",
  "npm_config_audit=false",
  "npm_config_fund=false",
  "npm_config_update_notifier=false",
];

/**
 * Options of the local volume driver for an overlay. Renames of lower directories fail with EXDEV (programs then copy), so
 * that the upper directory never refers to the lower one and can be read by itself.
 */
export const overlayOptions = (volume: Extract<WorkspaceVolume, { kind: "overlay" }>): Record<string, string> => ({
  type: "overlay",
  device: "overlay",
  o: `lowerdir=${volume.lower.join(":")},upperdir=${volume.upper},workdir=${volume.work},redirect_dir=off,metacopy=off,index=off`,
});

function workspaceMount(settings: ContainerSettings): MountSettings {
  const overlay = settings.volume.kind === "overlay";
  return {
    Type: "volume",
    Source: settings.name,
    Target: "/workspace",
    ReadOnly: !settings.writable,
    VolumeOptions: {
      // A plain volume takes owner and mode of the image's directory; an overlay brings its own.
      NoCopy: overlay,
      Labels: labelsOf(settings.owner),
      DriverConfig: {
        Name: "local",
        Options: settings.volume.kind === "overlay" ? overlayOptions(settings.volume) : {},
      },
    },
  };
}

/** The engine's own type has not learnt this field yet. */
type SandboxHostConfig = HostConfig & { readonly CgroupnsMode: "private" };

function hostConfig(settings: ContainerSettings): SandboxHostConfig {
  const memory = settings.memoryMb * MIB;
  return {
    NetworkMode: "none",
    // Nobody answers there, at once; the host's own name servers are none of the sandbox's business.
    Dns: ["127.0.0.1"],
    DnsSearch: ["."],
    CapDrop: ["ALL"],
    Privileged: false,
    Devices: [],
    DeviceRequests: [],
    // Inline: the engine's API does not take a path here. MaskedPaths and ReadonlyPaths stay at the engine's defaults.
    SecurityOpt: ["no-new-privileges:true", `seccomp=${JSON.stringify(SECCOMP_PROFILE)}`],
    ReadonlyRootfs: true,
    PidsLimit: 512,
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: Math.round(settings.cpus * 1e9),
    OomScoreAdj: 500,
    ShmSize: 64 * MIB,
    IpcMode: "private",
    PidMode: "",
    UTSMode: "",
    UsernsMode: "",
    CgroupnsMode: "private",
    Ulimits: [
      { Name: "fsize", Soft: GIB, Hard: GIB },
      { Name: "nofile", Soft: 4096, Hard: 4096 },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    Tmpfs: { "/tmp": "rw,nosuid,nodev,exec,size=512m,nr_inodes=200k,mode=1777" },
    Mounts: [workspaceMount(settings)],
    Binds: [],
    ExtraHosts: [],
    PublishAllPorts: false,
    LogConfig: { Type: "none", Config: {} },
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    Init: false,
  };
}

/** The container that measures a sandbox's volume. */
export const gaugeName = (sandbox: string): string => `${sandbox}-gauge`;

const GAUGE_MEMORY_MB = 128;

/**
 * A second container that sees a sandbox's volume, read-only. It may read what the sandbox has closed to itself, so that
 * nothing in there goes uncounted, and runs no program but those of the image.
 */
export function gaugeOptions(settings: ContainerSettings): ContainerCreateOptions {
  const memoryMb = GAUGE_MEMORY_MB;
  const options = containerOptions({ ...settings, memoryMb, cpus: 1, writable: false, egress: false, environment: [] });
  return {
    ...options,
    name: gaugeName(settings.name),
    User: "0:0",
    HostConfig: { ...options.HostConfig, CapAdd: ["DAC_READ_SEARCH"] },
  };
}

/** Everything the engine is told about a sandbox. The rules behind each line: docs/security.md, S63 to S77. */
export function containerOptions(settings: ContainerSettings): ContainerCreateOptions {
  return {
    name: settings.name,
    Image: settings.image,
    Entrypoint: ["/usr/local/bin/channel"],
    Cmd: settings.egress ? ["egress"] : [],
    User: `${SANDBOX_UID}:${SANDBOX_UID}`,
    WorkingDir: "/workspace",
    Hostname: "sandbox",
    Env: [...ENVIRONMENT, ...settings.environment],
    // NetworkMode does it. `NetworkDisabled` would also leave /etc/hosts empty, and programs without `localhost`.
    NetworkDisabled: false,
    Tty: false,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // The end of the worker's connection is the end of PID 1's input, and with it of the sandbox.
    StdinOnce: true,
    StopTimeout: 1,
    Labels: labelsOf(settings.owner),
    HostConfig: hostConfig(settings),
  };
}
