/** A volume of the pod and where a container sees it. */
export interface PodVolume {
  volume: { name: string; [source: string]: unknown };
  mount: { name: string; mountPath: string; readOnly: boolean };
}

export const mediaFolder = "/var/lib/rarity/media";

/** The shared claim where there is one; nothing with S3, and nothing where only text is sent. */
export const mediaVolume = (claimName: string | undefined): PodVolume[] =>
  claimName === undefined
    ? []
    : [
        {
          volume: { name: "media", persistentVolumeClaim: { claimName } },
          mount: { name: "media", mountPath: mediaFolder, readOnly: false },
        },
      ];
