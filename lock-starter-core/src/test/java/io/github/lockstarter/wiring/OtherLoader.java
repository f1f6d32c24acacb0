/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.wiring;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.ProtectionDomain;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.SmartClassLoader;

/**
 * A class loader that defines single classes anew, as those of a container or of a tool
 * for developers do.
 */
final class OtherLoader extends ClassLoader implements SmartClassLoader {

	OtherLoader() {
		super(OtherLoader.class.getClassLoader());
	}

	/**
	 * Register a class that is defined once more.
	 */
	static void register(AnnotationConfigApplicationContext context, Class<?> type) {
		OtherLoader loader = new OtherLoader();
		context.setClassLoader(loader);
		context.register(loader.define(type));
	}

	@Override
	public Class<?> publicDefineClass(String name, byte[] bytes, ProtectionDomain protectionDomain) {
		return defineClass(name, bytes, 0, bytes.length, protectionDomain);
	}

	@Override
	public boolean isClassReloadable(Class<?> type) {
		return type.getClassLoader() instanceof OtherLoader;
	}

	private Class<?> define(Class<?> type) {
		String file = type.getName().replace('.', '/') + ".class";
		try (InputStream in = getParent().getResourceAsStream(file)) {
			byte[] bytes = in.readAllBytes();
			return defineClass(type.getName(), bytes, 0, bytes.length);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
