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
  /** Host directory with the registry proxy's socket: only while dependencies are installed. */
  readonly egressDirectory: string | null;
  readonly environment: readonly string[];
}

const ENVIRONMENT = [
  "HOME=/tmp/home",
  "PATH=/usr/local/bin:/usr/bin:/bin",
  "LANG=C.UTF-8",
  "CI=1",
  "GIT_TERMINAL_PROMPT=0",
];

/** What package managers read to go through the forwarder at 127.0.0.1:3128. */
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
  const egress: MountSettings[] =
    settings.egressDirectory === null
      ? []
      : [{ Type: "bind", Source: settings.egressDirectory, Target: "/run/egress", ReadOnly: true }];
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
    Mounts: [workspaceMount(settings), ...egress],
    Binds: [],
    ExtraHosts: [],
    PublishAllPorts: false,
    LogConfig: { Type: "none", Config: {} },
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    Init: false,
  };
}

/** Everything the engine is told about a sandbox. The rules behind each line: docs/security.md, S63 to S77. */
export function containerOptions(settings: ContainerSettings): ContainerCreateOptions {
  return {
    name: settings.name,
    Image: settings.image,
    Entrypoint: ["/usr/local/bin/channel"],
    Cmd: [],
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
