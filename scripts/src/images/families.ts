/** One image: which target of which Dockerfile makes it. */
export type Family = {
  dockerfile: string;
  target: string;
  about: string;
  /** Holds libsignal, which is GPL-3.0 (NOTICE). */
  gpl: boolean;
};

export const families = {
  operator: {
    dockerfile: "images/app.Dockerfile",
    target: "operator",
    about: "the operator",
    gpl: false,
  },
  services: {
    dockerfile: "images/app.Dockerfile",
    target: "services",
    about: "the core services and the migration",
    gpl: false,
  },
  whatsapp: {
    dockerfile: "images/whatsapp.Dockerfile",
    target: "whatsapp",
    about: "one WhatsApp account",
    gpl: true,
  },
  sandbox: {
    dockerfile: "images/sandbox.Dockerfile",
    target: "sandbox",
    about: "emulated outside parties",
    gpl: true,
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
export const familyNames = Object.keys(families) as FamilyName[];
