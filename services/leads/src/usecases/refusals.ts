import { AppError } from "@rarity/platform/errors";

export const noSuchCompany = (): AppError =>
  new AppError("NOT_FOUND", "There is no such company", { details: { field: "companyId" } });

/** Does not say whose it is: addresses are personal data. */
export const identityTaken = (): AppError =>
  new AppError("CONFLICT", "An address belongs to a lead already");

export const domainTaken = (): AppError =>
  new AppError("CONFLICT", "A company with this domain exists already");
